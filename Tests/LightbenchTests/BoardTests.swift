import Foundation
import SystemPackage
import Testing

extension EndToEnd {
  /// The board of a run on a terminal, which `script` lends.
  @Suite struct BoardTests {
    private static let script = "/usr/bin/script"

    /// What a screen shows at the end; it knows the codes that the board uses.
    private static func screen(_ output: String) -> [String] {
      var lines = [""]
      var row = 0
      var rest = Substring(output.replacing("\r\n", with: "\n"))
      while let character = rest.popFirst() {
        if character == "\n" {
          row += 1
          if row == lines.count { lines.append("") }
        } else if character == "\r" {
          continue
        } else if let code = character == "\u{1B}" ? rest.prefixMatch(of: /\[(\d*)([A-Za-z])/) : nil {
          rest.removeSubrange(code.range)
          switch code.output.2 {
          case "A": row -= Int(code.output.1) ?? 1
          case "J": lines = lines.prefix(row) + [""]
          default: lines[row] += "?"
          }
        } else {
          lines[row].append(character)
        }
      }
      return lines.last == "" ? lines.dropLast() : lines
    }

    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: script)))
    func `at its end the board stands above what the run says of the store and of failures`() async throws {
      let place = try Workplace()
      try place.write(
        """
        lightbench: 1
        name: two
        axes: {m: [a, b]}
        stages:
          make:
            use: exec.command
            over: [m]
            with: {argv: [sh, -c, "test $0 = a && echo row,x > out/t.csv", $m], outputs: {t: table-csv}}

        """, to: "two.yaml")
      let program = try Program(
        FilePath(Self.script), ["-qec", "\(Program.path) run two.yaml -j 1", "/dev/null"], in: place.folder,
        ["LIGHTBENCH_STORE": "store", "TERM": "xterm", "NO_COLOR": "1", "LC_ALL": "C"])
      let ending = await program.ending()
      #expect(ending.code == 1)
      let screen = Self.screen(ending.output)
      try #require(screen.count == 10, "\(screen)")
      #expect(screen[0] == "make[m=b]: failed: 'sh' exited with status 1")
      #expect(screen[1].hasPrefix("two  2/2 tasks  "))
      #expect(screen[2] == "make  ########################  2/2  1 failed")
      #expect(screen[3].hasPrefix("store: "))
      #expect(screen[4].isEmpty)
      #expect(screen[5] == "failed: make[m=b], phase run: 'sh' exited with status 1")
      #expect(screen[6].hasPrefix("  log: store/logs/"))
      #expect(screen[7] == "  | failed (command, run): 'sh' exited with status 1")
      #expect(screen[8] == "  retry: lightbench run two.yaml --only 'make[m=b]'")
      #expect(screen[9].hasPrefix("2 tasks: 1 computed, 0 cached, 1 failed; "))
    }
  }
}
