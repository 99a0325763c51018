/// What the results of a refinement say beyond its cells: before and after, pooled and by region, and the refiners.
struct RefinementFiles {
  /// Sections for the page of the table.
  let markdown: String
  /// `STEM.refinement.csv` pooled, `STEM.refinement.regions.csv` by region, `STEM.refiners.csv`.
  let files: [ResultsFolder.File]

  /// - Throws: `MatchingError`.
  init(study: RefinementStudy, stem: String) throws {
    let pooled = try study.pooledGrid(title: "Before and after refinement, all regions pooled")
    let regions = study.regionGrid(title: "Before and after refinement, by region")
    let refiners = study.refinerGrid(title: "The refiners")
    markdown = [pooled, regions, refiners].map { $0.markdown(level: 2) + "\n" }.joined()
    files = [("refinement", pooled), ("refinement.regions", regions), ("refiners", refiners)].map { name, grid in
      ResultsFolder.File(name: "\(stem).\(name).csv", text: grid.csv())
    }
  }
}
