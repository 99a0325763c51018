/// Gives every file of a report a name of its own, whatever tables and stages are called: of equal names the first
/// stays, the next ones are counted.
struct FileNames {
  private var tables: Set<String> = []
  private var figures: Set<String> = []

  /// A block whose tables and figures, and those folded away in it, have names that nothing before them has.
  mutating func name(_ block: ReportBlock) -> ReportBlock {
    switch block {
    case .table(let table): .table(name(table))
    case .files(let list): .files(list.map { name($0) })
    case .figure(let figure): .figure(name(figure))
    case .pictures(let list): .pictures(list.map { name($0) })
    case .details(let summary, let blocks): .details(summary, blocks.map { name($0) })
    case .heading, .paragraph, .list, .notice, .code: block
    }
  }

  private mutating func name(_ table: ReportTable) -> ReportTable {
    ReportTable(Self.unique(table.name, among: &tables), table.grid, csv: table.csv, mark: table.mark)
  }

  private mutating func name(_ figure: ReportFigure) -> ReportFigure {
    figure.named(Self.unique(figure.name, among: &figures))
  }

  private static func unique(_ name: String, among taken: inout Set<String>) -> String {
    let stem = name.isEmpty ? "unnamed" : name
    var (candidate, number) = (stem, 2)
    // Some file systems take capitals and small letters for the same.
    while !taken.insert(candidate.lowercased()).inserted {
      candidate = "\(stem)-\(number)"
      number += 1
    }
    return candidate
  }
}
