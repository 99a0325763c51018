public import Pipeline
import Tensors

extension StageRegistry {
  /// Every stage kind of Lightbench; a new kind is one line here.
  public static let lightbench = StageRegistry(
    [
      StageKind(PhantomRegions.self, defaults: .init()),
      StageKind(ImportRegions.self, defaults: .init()),
      StageKind(ImportVolume.self, defaults: .init()),
      StageKind(NormalizeRegions.self, defaults: .init()),
      StageKind(SelectRegions.self, defaults: .init()),
      StageKind(TrainDetector.self, defaults: .init()),
      StageKind(TrainMaskedAutoencoder.self, defaults: .init()),
      StageKind(TrainRefiner.self, defaults: .init()),
      StageKind(ExtractFeatures.self, defaults: .init()),
      StageKind(RefineDetections.self, defaults: .init()),
      StageKind(DetectWithModel.self, defaults: .init()),
      StageKind(DetectBlobs.self, defaults: .init()),
      StageKind(DetectByChance.self, defaults: .init()),
      StageKind(EvaluateDetections.self, defaults: .init()),
      StageKind(PivotTable.self, defaults: .init()),
      StageKind(SelectBest.self, defaults: .init()),
      StageKind(ExecCommand.self, defaults: .init()),
    ], numerics: Engine.numerics)
}
