import Pipeline

/// The losses that a training wrote into its log, by step.
struct TrainingLog: Equatable {
  /// Loss of the batch of a step, and on fixed crops of the validation regions; by rising step.
  var training: [(step: Int, loss: Double)]
  var validation: [(step: Int, loss: Double)]

  static func == (one: Self, other: Self) -> Bool {
    one.training.elementsEqual(other.training, by: ==) && one.validation.elementsEqual(other.validation, by: ==)
  }

  /// What stands in a log; of a step that several attempts did, the last counts. Lines that are no losses are left out.
  init(_ text: String) {
    var (training, validation): ([Int: Double], [Int: Double]) = ([:], [:])
    for line in text.split(separator: "\n") {
      // `step 120 of 500, loss 0.0031`, `step 120 of 500, validation loss 0.0029`
      let words = line.split(separator: " ")
      guard words.count >= 6, words[0] == "step", words[2] == "of", let step = Int(words[1]), let last = words.last,
        let loss = Double(last), loss.isFinite
      else { continue }
      switch words[4..<words.count - 1].joined(separator: " ") {
      case "loss": training[step] = loss
      case "validation loss": validation[step] = loss
      default: continue
      }
    }
    self.training = training.sorted { $0.key < $1.key }.map { (step: $0.key, loss: $0.value) }
    self.validation = validation.sorted { $0.key < $1.key }.map { (step: $0.key, loss: $0.value) }
  }
}
