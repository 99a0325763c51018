import Pipeline

/// What a training writes about its loss: progress for who waits, and lines of its log from which curves are drawn.
///
/// Which steps have a line depends on the length of the training alone, so that logs of one training tell one curve
/// however often it was interrupted. Nothing of it enters a result.
struct TrainingNotes {
  /// Steps of the whole training.
  let steps: Int
  private let context: StageContext

  init(of steps: Int, in context: StageContext) {
    (self.steps, self.context) = (steps, context)
  }

  /// Takes down the loss of a step that was done: every tenth step is reported, some two hundred go to the log.
  func loss(_ loss: String, after step: Int) {
    guard step % 10 == 0 || step == steps else { return }
    let words = "step \(step) of \(steps), loss \(loss)"
    context.report(0.97 * Double(step) / Double(steps), words)
    if step % (10 * max(1, steps / 2000)) == 0 || step == steps { context.log(words, false) }
  }

  /// Takes down the loss on fixed crops of the validation regions.
  func validation(_ loss: String, after step: Int) {
    context.log("step \(step) of \(steps), validation loss \(loss)", false)
  }

  /// Steps between two measurements on validation crops: a tenth of the training, at least ten.
  var interval: Int { max(10, steps / 10) }
}
