import ArrayStores
import Foundation
import SystemPackage

/// The whole of `make bench-arrays`: ours in this process, every other library in one of its own, in turn.
struct ArraysBenchmark {
  static let usage = """
    usage: lightbench-bench arrays [--quick | --alone STORE]
      --quick           once each, on a volume of 64 MiB; writes nothing
      --alone STORE     ours only, of stores whose names hold the word, as for a profiler; writes nothing
    Environment: LIGHTBENCH_DATA is the folder with the real volumes; LIGHTBENCH_PYTHON is a python that has zarr,
    tensorstore, h5py and tifffile (and zstandard, for a newer libzstd); LIGHTBENCH_SCRATCH is a folder for some 6 GB (.build/bench-arrays).
    A whole run writes results/benchmarks/arrays.md and arrays.json.
    """

  /// What is stored how.
  struct Store {
    let name: String
    let codec: String
    var level = 0
    let shard: [Int]?
    /// Whose times ours are compared with.
    let others: [String]
    var isHDF5: Bool { codec == "gzip" }
    var writes: Int?
  }

  private static let chunk = [64, 64, 64]
  private static let stores: [Store] = {
    let (shard, others) = ([256, 256, 256], ["zarr-python", "tensorstore"])
    return [
      Store(name: "Zarr, zstd 3, chunks", codec: "zstd", level: 3, shard: nil, others: others),
      Store(name: "Zarr, zstd 3, shards", codec: "zstd", level: 3, shard: shard, others: others),
      Store(name: "Zarr, zstd 1, chunks", codec: "zstd", level: 1, shard: nil, others: others),
      Store(name: "Zarr, zstd 1, shards", codec: "zstd", level: 1, shard: shard, others: others),
      Store(name: "Zarr, blosc, chunks", codec: "blosc", shard: nil, others: others),
      Store(name: "Zarr, blosc, shards", codec: "blosc", shard: shard, others: others),
      Store(name: "HDF5, gzip", codec: "gzip", shard: nil, others: ["h5py"], writes: 1),
    ]
  }()

  private let folder: String
  private let python: String
  private let data: String
  private let isQuick: Bool
  /// The word that stores must hold that are measured without other libraries; nil for a whole run.
  private let alone: String?
  private var repeats: Int { isQuick ? 1 : 3 }

  init(_ words: [String]) throws {
    alone = words.count == 2 && words[0] == "--alone" ? words[1] : nil
    isQuick = words == ["--quick"]
    guard words.isEmpty || isQuick || alone != nil else {
      throw BenchmarkError("'\(words.joined(separator: " "))' is no option\n\(Self.usage)")
    }
    let environment = ProcessInfo.processInfo.environment
    guard let data = environment["LIGHTBENCH_DATA"], let python = environment["LIGHTBENCH_PYTHON"] else {
      throw BenchmarkError("LIGHTBENCH_DATA and LIGHTBENCH_PYTHON must be set\n\(Self.usage)")
    }
    (self.data, self.python) = (data, python)
    folder = environment["LIGHTBENCH_SCRATCH"] ?? FileManager.default.currentDirectoryPath + "/.build/bench-arrays"
  }

  /// Measures everything, prints it, and writes it where the run was a whole one.
  func run() throws {
    try? FileManager.default.removeItem(atPath: folder)  // of a run that was killed
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let volume = try BenchmarkVolume(data, shape: isQuick ? [128, 512, 512] : [512, 1024, 1024], in: folder)
    if let alone {
      for store in Self.stores where store.name.contains(alone) { _ = try measure(store, volume, []) }
      return note("nothing is written: this was not a whole run")
    }
    let peers = try ["zarr-python", "tensorstore", "h5py"].map {
      try ArrayPeer($0, python: python, volume: volume)
    }
    defer { for peer in peers { peer.end() } }
    let rows = try Self.stores.flatMap { try measure($0, volume, peers) }
    let report = ArraysReport(
      mebibytes: volume.mebibytes, shape: volume.shape, regions: regions(volume).count, rows: rows,
      digest: try (0..<repeats).map { _ in try Timed { _ = try volume.values.logicalDigest() }.seconds },
      stack: try importStack(volume, peers[0]), codecs: try codecs(peers[0]),
      fileSystem: Machine.fileSystem(of: folder), versions: peers.map { "\($0.name) \($0.version)" })
    print(report.markdown, terminator: "")
    guard !isQuick else { return note("nothing is written: this was not a whole run") }
    let results = URL(filePath: "results/benchmarks")
    try FileManager.default.createDirectory(at: results, withIntermediateDirectories: true)
    try Data(report.markdown.utf8).write(to: results.appending(path: "arrays.md"))
    try report.json.write(to: results.appending(path: "arrays.json"))
    note("results/benchmarks/arrays.md, results/benchmarks/arrays.json")
  }

  // MARK: -

  /// Corners of the boxes that are read one after the other.
  private func regions(_ volume: BenchmarkVolume) -> [[Int]] {
    var state: UInt64 = 1
    return (0..<(isQuick ? 20 : 200)).map { _ in
      volume.shape.map { extent in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int(state >> 33) % (extent - 64 + 1)
      }
    }
  }

  /// What the system's codecs take by themselves, on the volume's chunks in memory: no library is faster with them.
  private func codecs(_ peer: ArrayPeer) throws -> [ArraysReport.Codec] {
    try Self.stores.filter { !$0.isHDF5 && $0.shard == nil }.map { store in
      let level = store.codec == "zstd" ? store.level : 5
      let job = ArrayPeer.Job(work: .codec, chunk: Self.chunk, codec: store.codec, level: level)
      let outcomes = try (0..<repeats).map { _ in try peer.ask(job) }
      return ArraysReport.Codec(
        name: store.codec == "zstd" ? "zstd \(level)" : "blosc", encode: outcomes.map(\.seconds),
        decode: outcomes.compactMap(\.decodeSeconds), newest: outcomes.last?.newest,
        newestEncode: outcomes.compactMap(\.newestSeconds))
    }
  }

  private func measure(_ store: Store, _ volume: BenchmarkVolume, _ peers: [ArrayPeer]) throws -> [ArraysReport.Row] {
    let others = peers.filter { store.others.contains($0.name) }
    let path = "\(folder)/store"
    var job = ArrayPeer.Job(work: .write, path: path, chunk: Self.chunk, shard: store.shard, codec: store.codec)
    (job.level, job.regions, job.side) = (store.level, regions(volume), 64)
    var rows: [ArraysReport.Row] = []
    // Ours writes last, so that all read what it wrote.
    for (work, count) in [(.write, store.writes ?? repeats), (.read, repeats), (.regions, repeats)]
      as [(ArrayPeer.Job.Work, Int)]
    {
      job.work = work
      var row = ArraysReport.Row(store: store.name, work: work.rawValue)
      for _ in 0..<(isQuick ? 1 : count) {
        var sums: Set<UInt64> = []
        for peer in others {
          if work == .write { try? FileManager.default.removeItem(atPath: path) }  // there may be none
          let outcome = try peer.ask(job)
          row.add(outcome.seconds, outcome.processorSeconds, of: peer.name)
          if work == .write { row.sizes[peer.name] = size(of: path) }
          sums.insert(outcome.sum)
        }
        if work == .write { try? FileManager.default.removeItem(atPath: path) }
        let (seconds, processorSeconds, sum) = try ours(job, store, volume.values)
        row.add(seconds, processorSeconds, of: ArraysReport.us)
        if work == .write { row.sizes[ArraysReport.us] = size(of: path) }
        sums.insert(sum)
        guard sums.count == 1 else { throw BenchmarkError("\(store.name): not all read the same values") }
      }
      rows.append(row)
      note(row.text)
    }
    try FileManager.default.removeItem(atPath: path)
    return rows
  }

  /// MiB of all files at a path.
  private func size(of path: String) -> Double {
    let names = FileManager.default.enumerator(atPath: path)?.allObjects ?? []
    let files = [path] + names.compactMap { ($0 as? String).map { path + "/" + $0 } }
    let sizes = files.compactMap { file in
      // What cannot be looked at is a folder or gone.
      (try? FileManager.default.attributesOfItem(atPath: file)).flatMap { facts in
        facts[.type] as? FileAttributeType == .typeRegular ? facts[.size] as? Int : nil
      }
    }
    return Double(sizes.reduce(0, +)) / 0x1p20
  }

  /// Seconds, those of all processors, and the sum of what was read.
  private func ours(_ job: ArrayPeer.Job, _ store: Store, _ volume: NDArray) throws -> (Double, Double, UInt64) {
    let path = FilePath(job.path)
    let start = ProcessorTime.now
    if job.work == .write {
      let seconds = try Timed { try write(volume, to: path, store) }.seconds
      return (seconds, ProcessorTime.now - start, 0)
    }
    let array: any StoredArray =
      store.isHDF5 ? try HDF5File(opening: path).array("volume") : try ZarrArray(opening: path)
    let timed = try Timed {
      job.work == .read
        ? [try array.read()]
        : try job.regions.map { try array.read(start: $0, shape: [job.side, job.side, job.side]) }
    }
    let processorSeconds = ProcessorTime.now - start
    let sum = try timed.value.reduce(0) { try $1.values(as: UInt16.self).reduce($0) { $0 &+ UInt64($1) } }
    return (timed.seconds, processorSeconds, sum)
  }

  private func write(_ volume: NDArray, to path: FilePath, _ store: Store) throws {
    if store.isHDF5 {
      let storage = HDF5Storage(chunkShape: Self.chunk, compression: .gzip(level: 4), shuffles: true)
      return try HDF5File.write([("volume", volume)], storage: storage, to: path)
    }
    let compression: ZarrLayout.Compression =
      store.codec == "zstd" ? .zstd(level: store.level, checksum: false) : .blosc("lz4", level: 5, shuffle: .bytes)
    try ZarrArray.write(
      volume, to: path,
      layout: ZarrLayout(chunkShape: Self.chunk, shardShape: store.shard, compression: compression))
  }
}

// MARK: - Import

extension ArraysBenchmark {
  /// What importing gave, as a line of JSON of the process that did it.
  struct Import: Codable {
    let seconds: Double
    /// The most memory of the process that lay in RAM, which is ru_maxrss, and that before it began.
    let peakMebibytes: Double?
    let baseMebibytes: Double?
    /// What is read at once.
    let slabMebibytes: Double
  }

  /// Imports the volume from a stack of planes, in a process of its own.
  private func importStack(_ volume: BenchmarkVolume, _ peer: ArrayPeer) throws -> Import {
    let path = "\(folder)/stack.tif"
    _ = try peer.ask(ArrayPeer.Job(work: .stack, path: path))
    let program = try RunnerProcess.program()
    return try ChildProcess(program, ["arrays", "--import", path, "\(folder)/imported.ome.zarr"]).result()
  }

  /// The process that imports; false for other words.
  static func serve(_ words: [String]) throws -> Bool {
    guard words.count == 3, words[0] == "--import" else { return false }
    let source = try TIFFArray(opening: FilePath(words[1]))
    var importer = VolumeImport()
    // A slab is a row of shards: 64 planes.
    importer.boxBytes = source.shape[1...].reduce(64 * source.type.size, *)
    let slab = Double(importer.boxBytes) / 0x1p20
    let base = ResidentMemory.now
    let timed = try Timed { _ = try importer.run(source, to: FilePath(words[2])) }
    let outcome = Import(
      seconds: timed.seconds, peakMebibytes: ResidentMemory.peak, baseMebibytes: base, slabMebibytes: slab)
    print(String(decoding: try JSONEncoder().encode(outcome), as: UTF8.self))
    return true
  }
}
