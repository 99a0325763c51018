import Testing

@testable import Reports

/// Pictures among results, and what stands beside them.
@Suite struct ResultsPicturesTests {
  private static func figure(_ name: String, _ content: ReportFigure.Content) -> ReportFigure {
    ReportFigure(name: name, title: "T \(name)", caption: "How to read it.", alt: "crops [3]", content: content)
  }

  @Test func `each picture is a file with a caption, and what is missing is said`() {
    let set = FigureSet(
      [Self.figure("a", .png([1, 2])), Self.figure("b", .svg("<svg/>"))], missing: ["no picture of 'c': it is gone"])
    let pictures = ResultsPictures(set, stem: "table", heading: "Pictures")
    #expect(pictures.files == [ResultsFolder.File(name: "table-a.png", bytes: [1, 2])])
    #expect(
      pictures.markdown == """
        ## Pictures

        ### T a

        ![crops (3)](table-a.png)

        How to read it.

        - no picture of 'c': it is gone


        """)
  }

  @Test func `where there is nothing to show nothing is said`() {
    let pictures = ResultsPictures(FigureSet(), stem: "table", heading: "Pictures")
    #expect(pictures.files.isEmpty && pictures.markdown.isEmpty)
  }
}
