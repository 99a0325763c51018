/// What program this is.
enum Build {
  /// The version; results never contain it, revisions decide.
  static let version = "0.1.0"
}
