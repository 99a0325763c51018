import ArrayStores
import Artifacts
import Imaging

extension AnnotatedRegion {
  /// Where detections and annotations count.
  ///
  /// - Parameter border: Voxels along each face that do not.
  func area(border: Int = 0) -> EvaluationArea {
    EvaluationArea(size: Extent(axes: image.shape), ignore: ignore, border: border)
  }

  /// The region with what was found in it, for the choice of a threshold.
  func found(_ detections: Detections, border: Int = 0) -> ThresholdChoice.Region {
    ThresholdChoice.Region(detections: detections, annotations: centres, area: area(border: border))
  }
}
