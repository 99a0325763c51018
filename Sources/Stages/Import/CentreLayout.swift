import Fingerprints
import Imaging
import Recipes

/// How the rows of a table of centres are read.
struct CentreLayout: Hashable, Sendable {
  /// Where a coordinate stands in a row.
  enum Column: Hashable, Sendable {
    /// The column of that name in the header.
    case named(String)
    /// The place in a row of a table without a header, from 0.
    case place(Int)
  }

  /// The three columns as the manifest lists them, with the axis that each is.
  let columns: [(column: Column, axis: ColumnAxis)]
  /// The number of the first voxel: 0 or 1.
  let base: Int
  /// What the numbers count.
  let unit: CentreUnit
  /// The order as the manifest writes it, with the columns that are skipped.
  private let order: [ColumnAxis]

  /// - Parameters:
  ///   - names: The names of three columns; nil for a table without a header.
  ///   - order: The axis of each column, every axis of space once.
  init(names: [String]?, order: [ColumnAxis], base: Int, unit: CentreUnit) {
    self.base = base
    self.unit = unit
    self.order = order
    columns = order.enumerated().compactMap { place, axis in
      axis == .skipped ? nil : (names.map { .named($0[place]) } ?? .place(place), axis)
    }
  }

  /// Whether the first row names the columns.
  var hasHeader: Bool {
    if case .named? = columns.first?.column { true } else { false }
  }

  /// The same table read with other axes and another base.
  func reading(_ axes: [ColumnAxis], base: Int) -> CentreLayout {
    var rest = axes[...]
    let names = columns.compactMap { if case .named(let name) = $0.column { name } else { nil } }
    return CentreLayout(
      names: hasHeader ? names : nil, order: order.map { $0 == .skipped ? $0 : rest.popFirst() ?? $0 }, base: base,
      unit: unit)
  }

  /// In words: `columns z, y, x with base 0`.
  var words: String { "columns \(columns.map(\.axis.rawValue).joined(separator: ", ")) with base \(base)" }

  /// As a manifest writes it: `order: [x, y, z], base: 0`.
  var written: String { "order: [\(order.map(\.rawValue).joined(separator: ", "))], base: \(base)" }

  /// In fingerprints: which column is z, y and x, whatever the order in which they are listed.
  var meaning: CanonicalValue {
    var places: [String: CanonicalValue] = [:]
    for (column, axis) in columns {
      switch column {
      case .named(let name): places[axis.rawValue] = .text(name)
      case .place(let place): places[axis.rawValue] = .integer(Int64(place))
      }
    }
    return .map(["columns": .map(places), "base": .integer(Int64(base)), "unit": .text(unit.rawValue)])
  }

  static func == (first: CentreLayout, second: CentreLayout) -> Bool { first.meaning == second.meaning }
  func hash(into hasher: inout Hasher) { hasher.combine(meaning) }
}

extension CentreLayout {
  /// Reads `columns`, `order`, `base` and `unit`.
  init?(_ fields: ManifestFields) {
    let columns = fields.optional("columns")
    let names = columns.flatMap { fields.mistakes.value($0, "\(fields.owner): columns", [String].self) }
    let orderNode = fields.optional("order")
    let order = orderNode.flatMap { fields.mistakes.value($0, "\(fields.owner): order", [ColumnAxis].self) }
    let base = fields.required("base", CentreBase.self)
    let unit = fields.required("unit", CentreUnit.self)
    if columns == nil, orderNode == nil {
      fields.report(
        .missingKey, "\(fields.owner) needs 'columns', or 'order' for a table without a header", at: nil,
        hint: "write 'columns: [z, y, x]', or 'order: [z, y, x]'")
    }
    if let columns, names.map({ $0.count != 3 || Set($0).count != 3 }) ?? false {
      fields.report(.outOfRange, "\(fields.owner): columns: expected three different names", at: columns.range)
      return nil
    }
    if let orderNode, let order, let problem = Self.problem(of: order, named: columns != nil) {
      fields.report(.outOfRange, "\(fields.owner): order: \(problem)", at: orderNode.range)
      return nil
    }
    if let columns, let names, orderNode == nil, names != ["z", "y", "x"], Set(names) == ["z", "y", "x"] {
      let listed = names.joined(separator: ", ")
      fields.report(
        .inconsistent, "\(fields.owner): columns: the first column is z, but 'columns' says \(listed)",
        at: columns.range,
        hint: "write '[z, y, x]', or add 'order: [\(listed)]'")
      return nil
    }
    guard (columns == nil) == (names == nil), (orderNode == nil) == (order == nil), let base, let unit,
      names != nil || order != nil
    else { return nil }
    self.init(names: names, order: order ?? ColumnAxis.space, base: base.number, unit: unit)
  }

  private static func problem(of order: [ColumnAxis], named: Bool) -> String? {
    let axes = order.filter { $0 != .skipped }
    if axes.count != 3 || Set(axes).count != 3 { return "expected each of z, y and x once" }
    return named && order.count != 3 ? "expected one axis for each of three columns" : nil
  }
}
