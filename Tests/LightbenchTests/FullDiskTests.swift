import Foundation
import SystemPackage
import Testing

extension EndToEnd {
  /// A disk that fills up costs nothing but the time until there is room.
  @Suite struct FullDiskTests {
    /// Whether this user may mount a small file system that nobody else sees.
    static let mayMount: Bool = {
      let probe = "mount -t tmpfs -o size=1m tmpfs /mnt"
      return (try? FullDiskTests.shell("unshare -m sh -c '\(probe)' 2> /dev/null", in: "/").code) == 0
    }()

    @Test(.enabled(if: mayMount, "needs the right to mount a file system of 20 MB"))
    func `a full disk ends the run with 6, and with room again it completes`() async throws {
      let place = try Workplace(copying: try await Shared.regions)
      try place.write(Self.script(leaving: 40_000), to: "full.sh")
      let ending = try Self.shell("unshare -m sh full.sh", in: place.folder, ["LIGHTBENCH": Program.path.string])
      let parts: [String] = ending.output.components(separatedBy: "--- \n")
      try #require(parts.count == 5, "\(ending.all)")
      #expect(parts[0].contains("no space left on device"), "\(ending.all)")
      #expect(parts[1] == "exit code 6\n", "\(ending.all)")
      #expect(parts[3] == "exit code 0\n", "\(ending.all)")
      let finished = try await Shared.finished
      #expect(try StoreFiles(root: place.folder.appending("after")).outputs() == finished.store.outputs())
      try expectSameObjects(StoreFiles(root: place.folder.appending("after")), finished.store)
      try await place.expect(0, "cache", "verify", "--store", place.folder.appending("after").string)
    }

    /// Runs with so many bytes left, then with room.
    private static func script(leaving bytes: Int) -> String {
      """
      set -u
      mkdir disk && mount -t tmpfs -o size=20m tmpfs disk && cp -r store disk/store || exit 99
      free=$(($(stat -f -c %a disk) * $(stat -f -c %S disk)))
      head -c $((free - \(bytes))) /dev/zero > disk/filler
      $LIGHTBENCH run tiny.yaml --store disk/store -j 2 2>&1
      code=$?; echo '--- '; echo "exit code $code"; echo '--- '
      rm disk/filler
      $LIGHTBENCH run tiny.yaml --store disk/store -j 2 2>&1
      code=$?; echo '--- '; echo "exit code $code"; echo '--- '
      cp -r disk/store after
      """
    }

    private static func shell(
      _ line: String, in folder: FilePath, _ variables: [String: String] = [:]
    ) throws -> Program.Ending {
      let process = Process()
      process.executableURL = URL(filePath: "/bin/sh")
      process.arguments = ["-c", line]
      process.currentDirectoryURL = URL(filePath: folder.string)
      process.environment = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("LIGHTBENCH_") }
        .merging(variables) { $1 }
      let pipe = Pipe()
      process.standardOutput = pipe
      try process.run()
      let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
      process.waitUntilExit()
      return Program.Ending(code: process.terminationStatus, output: output, errors: "")
    }
  }
}
