extension String {
  /// The text as a field of a CSV file (RFC 4180): in double quotes where it holds a comma, a quote or a line end.
  var csvField: String {
    // By scalar: an accent after a comma, or CR before LF, makes one character of two.
    let special: Set<Unicode.Scalar> = [",", "\"", "\n", "\r"]
    guard unicodeScalars.contains(where: special.contains) else { return self }
    var quoted = "\""
    for scalar in unicodeScalars {
      if scalar == "\"" { quoted += "\"" }
      quoted.unicodeScalars.append(scalar)
    }
    return quoted + "\""
  }
}
