import Foundation

/// What a run of the arrays' benchmark found, as tables for people and as JSON.
struct ArraysReport {
  /// One operation on one store.
  struct Row {
    let store: String
    let work: String
    var ours: [Double] = []
    var others: [String: [Double]] = [:]
    /// Seconds of all threads, ours among them.
    var processors: [String: [Double]] = [:]
    /// MiB that each wrote.
    var sizes: [String: Double] = [:]

    init(store: String, work: String) { (self.store, self.work) = (store, work) }

    mutating func add(_ seconds: Double, _ processorSeconds: Double, of name: String) {
      if name == ArraysReport.us { ours.append(seconds) } else { others[name, default: []].append(seconds) }
      processors[name, default: []].append(processorSeconds)
    }

    /// The median of another library by ours.
    func ratio(_ name: String) -> Double? { others[name].map { $0.median / ours.median } }

    /// What the ratio must be at least.
    static func floor(_ name: String) -> Double { ["zarr-python": 3, "h5py": 1.5][name] ?? 1 }

    var text: String {
      let all = [(ArraysReport.us, ours)] + others.sorted { $0.key < $1.key }
      let parts = all.map { name, seconds in
        "\(name) \(seconds.median.text(3)) s (\((processors[name] ?? [0]).median.text(2)) on all processors)"
      }
      return "\(store), \(work): " + parts.joined(separator: ", ")
    }
  }

  /// What a codec of the system takes for all chunks of the volume in memory, on two threads.
  struct Codec: Encodable {
    let name: String
    let encode: [Double]
    let decode: [Double]
    /// The version of a newer library, where there was one, and what encoding took with it.
    let newest: String?
    let newestEncode: [Double]
  }

  static let us = "ours"

  let mebibytes: Double
  let shape: [Int]
  let regions: Int
  let rows: [Row]
  let digest: [Double]
  let stack: ArraysBenchmark.Import
  let codecs: [Codec]
  /// What the stores lie on: `tmpfs`, `ext4`.
  let fileSystem: String
  let versions: [String]
  let machine = Machine.description
  let commit = Machine.commit

  private var isBounded: Bool? {
    guard let peak = stack.peakMebibytes, let base = stack.baseMebibytes else { return nil }
    return peak - base <= 2 * stack.slabMebibytes
  }
}

// MARK: - Markdown

extension ArraysReport {
  var markdown: String {
    [
      "# Arrays",
      """
      \(machine); commit \(commit); \(versions.joined(separator: ", ")). A volume of \(mebibytes.text(0)) MiB (uint16, \
      \(shape.map(String.init).joined(separator: " x "))), c-Fos made large by mirroring. Chunks of 64^3, shards of \
      256^3; zstd at levels 3 and 1, blosc with lz4 at level 5 and bytes shuffled, gzip at level 4 with bytes shuffled. Regions: \
      \(regions) of 64^3 at random, one after the other. Two threads each, every other library in a process of its own, \
      in turn with ours; medians of \(rows[0].ours.count) (h5py writes once); files on \(fileSystem), in the page cache.
      """,
      table,
      """
      Ratio: the other's time by ours; it has to be 3 beside zarr-python, 1 beside tensorstore, 1.5 beside h5py.

      ## Processor time and size
      Seconds of all threads, user and system, and what each wrote: other work on the machine moves them less.

      \(processorTable)

      ## The codecs alone
      Seconds that the system's codec takes for all chunks, in memory, on two threads: with it no library is faster. The \
      ratio beside zarr-python can be no higher than the one given, whatever we do.

      \(codecTable)

      ## Floors missed
      \(missed.isEmpty ? "None." : missed.map { "- \($0)" }.joined(separator: "\n"))
      """,
      "## Digest\nThe logical digest of the volume in memory: \(rate(mebibytes, digest.median)) MiB/s.",
      """
      ## Import
      A TIFF stack of the volume becomes a sharded OME-Zarr image with its pyramid and digest in \
      \(stack.seconds.text(1)) s. Peak resident memory \(stack.peakMebibytes?.text(0) ?? "n/a") MiB, of which \
      \(stack.baseMebibytes?.text(0) ?? "n/a") were there before; two slabs of 64 planes have \
      \((2 * stack.slabMebibytes).text(0)) MiB: \(isBounded.map { $0 ? "within two slabs" : "more than two slabs" } ?? "open").
      """,
    ].joined(separator: "\n\n") + "\n"
  }

  private func rate(_ mebibytes: Double, _ seconds: Double) -> String { (mebibytes / seconds).text(0) }

  private var table: String {
    func cell(_ row: Row, _ names: [String], _ text: (String) -> String?) -> String {
      names.lazy.compactMap(text).first ?? ""
    }
    return TextTable(
      [
        "store", "operation", "ours s", "MiB/s", "zarr-python or h5py s", "ratio", "tensorstore s", "ratio ", "",
      ],
      rows: rows.map { row in
        let size = row.work == "regions" ? Double(regions) / 2 : mebibytes
        let python = ["zarr-python", "h5py"]
        return [
          row.store, row.work, row.ours.median.text(3), rate(size, row.ours.median),
          cell(row, python) { row.others[$0]?.median.text(3) }, cell(row, python) { row.ratio($0)?.text(2) },
          cell(row, ["tensorstore"]) { row.others[$0]?.median.text(3) },
          cell(row, ["tensorstore"]) { row.ratio($0)?.text(2) }, row.missed.isEmpty ? "met" : "missed",
        ]
      }
    ).markdown
  }

  private var processorTable: String {
    func cells(_ row: Row, _ names: [String]) -> [String] {
      let name = names.first { row.processors[$0] != nil }
      return [
        name.flatMap { row.processors[$0]?.median.text(2) } ?? "", name.flatMap { row.sizes[$0]?.text(0) } ?? "",
      ]
    }
    return TextTable(
      [
        "store", "operation", "ours s", "MiB", "zarr-python or h5py s", "MiB ", "tensorstore s", "MiB  ",
      ],
      rows: rows.map { row in
        [row.store, row.work] + cells(row, [Self.us]) + cells(row, ["zarr-python", "h5py"])
          + cells(row, ["tensorstore"])
      }
    ).markdown
  }

  private var codecTable: String {
    TextTable(
      [
        "codec", "encode s", "highest ratio of writing", "decode s", "highest ratio of reading",
        "encode s, newer libzstd",
      ],
      rows: codecs.map { codec in
        func bound(_ work: String, _ seconds: [Double]) -> String {
          let times = rows.filter { $0.work == work && $0.store.contains(", \(codec.name), ") }
            .compactMap { $0.others["zarr-python"]?.median }
          return times.max().map { ($0 / seconds.median).text(2) } ?? ""
        }
        let newest = codec.newest.map { "\(codec.newestEncode.median.text(3)) (\($0))" } ?? ""
        return [
          codec.name, codec.encode.median.text(3), bound("write", codec.encode), codec.decode.median.text(3),
          bound("read", codec.decode), newest,
        ]
      }
    ).markdown
  }

  private var missed: [String] { rows.flatMap { row in row.missed.map { "\(row.store), \(row.work): \($0)" } } }
}

extension ArraysReport.Row {
  fileprivate var missed: [String] {
    others.keys.sorted().compactMap { name in
      guard let ratio = ratio(name), ratio < Self.floor(name) else { return nil }
      return "\(ratio.text(2)) times \(name), floor \(Self.floor(name).text(1))"
    }
  }
}

extension [Double] {
  fileprivate var median: Double { sorted()[count / 2] }
}

// MARK: - JSON

extension ArraysReport: Encodable {
  private enum CodingKeys: String, CodingKey {
    case machine, commit, versions, shape, regions, rows, digest, stack, codecs, fileSystem
  }

  func encode(to encoder: any Encoder) throws {
    var report = encoder.container(keyedBy: CodingKeys.self)
    try report.encode(machine, forKey: .machine)
    try report.encode(commit, forKey: .commit)
    try report.encode(versions, forKey: .versions)
    try report.encode(shape, forKey: .shape)
    try report.encode(regions, forKey: .regions)
    try report.encode(rows, forKey: .rows)
    try report.encode(digest, forKey: .digest)
    try report.encode(stack, forKey: .stack)
    try report.encode(codecs, forKey: .codecs)
    try report.encode(fileSystem, forKey: .fileSystem)
  }

  var json: Data {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      return try encoder.encode(self) + Data("\n".utf8)
    }
  }
}

extension ArraysReport.Row: Encodable {}
