/// Why bytes are no safetensors file that can be believed: what, where in the file, and what to do.
public struct SafetensorsError: Error, Hashable, CustomStringConvertible {
  /// The message, in lower case.
  public let description: String

  init(_ description: String) { self.description = description }
}
