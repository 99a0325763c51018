import Testing

@testable import Pipeline

@Suite struct OutOfMemoryTests {
  @Test(arguments: [
    ("pgfault 12\noom_kill 3\nballoon_inflate 0\n", 3),
    ("low 0\nhigh 0\nmax 4\noom 2\noom_kill 1\noom_group_kill 0\n", 1),
    ("", 0), ("oom_killer 5\n", 0),
  ])
  func `processes killed for want of memory are counted`(text: String, count: Int) {
    #expect(Posix.outOfMemoryKills(in: Array(text.utf8)) == count)
  }
}
