/// Looks at each cut (of `Cuts.voxels`) of a blocked gradient while it is in the cache of the thread that made it.
///
/// Whoever makes a gradient a unit of work at a time calls `look`, and says in the end which tensor was looked at. That need
/// not become the gradient of the variable: other contributions may be added to it.
final class GradientWatch {
  /// Gets a cut of a plane (one block of one sample) of the gradient, of which the whole is given.
  typealias Look = @Sendable (_ plane: Int, _ cut: Int, _ gradient: Floats) -> Void

  let look: Look
  private var seen: Tensor?

  init(_ look: @escaping Look) { self.look = look }

  /// All cuts of a gradient have been looked at.
  func finish(_ gradient: Tensor) { seen = gradient }

  /// Whether it was this gradient, number for number.
  func saw(_ gradient: Tensor) -> Bool {
    guard let seen else { return false }
    return seen.storage === gradient.storage && seen.start == gradient.start && seen.count == gradient.count
  }
}
