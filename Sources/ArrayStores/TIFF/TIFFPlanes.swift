import SystemPackage

/// Where the pages of a stack lie, all of them like the first.
struct TIFFPlanes: Sendable {
  private enum Place: Sendable {
    /// Directories of one file, by where they lie.
    case pages([UInt64])
    /// Planes one after the other behind one directory, as ImageJ writes stacks above 4 GB.
    case contiguous(offset: Int, isSwapped: Bool)
    /// One file a plane.
    case files([FilePath])
  }

  let path: FilePath
  let page: TIFFPage
  /// The number of pages.
  let count: Int
  let description: TIFFDescription
  private let place: Place

  init(file path: FilePath) throws {
    self.path = path
    let file = try TIFFFile(opening: path)
    let first = try file.page(0)
    (page, description) = (first, file.description())
    let (start, isSwapped, isSparse) = (file.place(of: 0), file.isByteSwapped, file.isSparse)
    var offsets = [file.directoryOffset]
    while try file.advance(page: offsets.count) {
      let page = try file.page(offsets.count)
      guard page.isLike(first) else {
        throw ArrayStoreError(
          .metadataInvalid, "page \(offsets.count) is \(page), but page 0 is \(first)", array: "page \(offsets.count)")
      }
      offsets.append(file.directoryOffset)
    }
    let bytes = first.shape.reduce(first.type.size, *)
    let size = try FileObject(opening: path)?.size ?? 0
    let announced = description.pageAxes?.reduce(1) { $0.multipliedReportingOverflow(by: $1.size).partialValue } ?? 1
    if offsets.count == 1, announced > 1, description.writer == "ImageJ", first.isPlain, !first.isTiled, let start {
      guard announced <= size / bytes, start <= size - announced * bytes else {
        throw ArrayStoreError(
          .chunkTruncated, "ImageJ announces \(announced) planes of \(bytes) bytes, the file has \(size) bytes")
      }
      (place, count) = (.contiguous(offset: start, isSwapped: isSwapped), announced)
    } else {
      (place, count) = (.pages(try Self.ordered(offsets, by: description.planes)), offsets.count)
      let (all, overflow) = bytes.multipliedReportingOverflow(by: offsets.count)
      guard !first.isPlain || isSparse || (!overflow && all <= size) else {
        throw ArrayStoreError(
          .chunkTruncated, "the file is shorter than the \(all) bytes of its pixels", array: "page \(offsets.count - 1)"
        )
      }
    }
  }

  /// Where the pages lie, in the order of the planes.
  private static func ordered(_ offsets: [UInt64], by planes: OMEPlanes?) throws -> [UInt64] {
    guard let planes else { return offsets }
    guard !planes.areInSeveralFiles else {
      throw ArrayStoreError(.unsupportedExtension, "OME-XML puts planes into several files, which is not supported")
    }
    guard !planes.isInvalid, planes.pages.isEmpty || planes.pages.sorted() == Array(offsets.indices) else {
      throw ArrayStoreError(.metadataInvalid, "OME-XML does not give each plane one of the \(offsets.count) pages")
    }
    return planes.pages.isEmpty ? offsets : planes.pages.map { offsets[$0] }
  }

  init(folder path: FilePath) throws {
    self.path = path
    let files = try PlaneFolder.files(in: path)
    var first: TIFFPage?
    for file in files {
      try ArrayStoreError.located(store: file.string) {
        let opened = try TIFFFile(opening: file)
        let page = try opened.page(0)
        guard page.isLike(first ?? page) else {
          throw ArrayStoreError(.metadataInvalid, "the plane is \(page), but the first one is \(first ?? page)")
        }
        guard try !opened.advance(page: 1) else {
          throw ArrayStoreError(.metadataInvalid, "the file has several pages: in a folder each file is one plane")
        }
        first = first ?? page
      }
    }
    guard let first else { throw ArrayStoreError(.notFound, "the folder has no TIFF file") }
    (page, count, place) = (first, files.count, .files(files))
    description = TIFFDescription("", pixelsPerUnit: nil)
  }

  // MARK: -

  /// One strip, tile or page to decode.
  private struct Job: Sendable {
    let number: Int
    /// Where the page lies on the canvas, along the axes of pages.
    let index: [Int]
    /// Nil for all of the page.
    let block: Int?
  }

  func read(_ region: Region, of shape: [Int], onto canvas: Canvas) throws {
    let outer = shape.count - page.shape.count
    let box = Region(start: Array(region.start[outer...]), shape: Array(region.shape[outer...]))
    let leading = Region(start: Array(region.start[..<outer]), shape: Array(region.shape[..<outer]))
    let strides = Shape.strides(Array(shape[..<outer]))
    let pages = leading.shape.reduce(1, *)
    var blocks: [Int?] = [nil]
    if pages < 2 * Parallel.width, case .pages = place {
      blocks = (0..<page.blocks).filter { page.box(of: $0).intersection(box) != nil }
    }
    let jobs = (0..<pages).flatMap { number in
      let index = Shape.index(number, in: leading.shape)
      let whole = zip(zip(index, leading.start), strides).reduce(0) { $0 + ($1.0.0 + $1.0.1) * $1.1 }
      return blocks.map { Job(number: whole, index: index, block: $0) }
    }
    try Parallel.forEach(jobs.count, state: PlaneReader()) { reader, number in
      try read(jobs[number], box, onto: canvas, reader)
    }
  }

  private func read(_ job: Job, _ box: Region, onto canvas: Canvas, _ reader: PlaneReader) throws {
    switch place {
    case .contiguous(let offset, let isSwapped):
      try readRows(job, box, at: offset, isSwapped: isSwapped, onto: canvas, reader)
    case .pages(let offsets):
      try ArrayStoreError.located(array: "page \(job.number)") {
        let file = try reader.open(path)
        if reader.directory != offsets[job.number] {
          try file.select(directoryAt: offsets[job.number])
          reader.directory = offsets[job.number]
          // Pages may differ in how they are stored.
          reader.page = try file.page(job.number)
        }
        guard let page = reader.page, page.isLike(self.page) else {
          throw ArrayStoreError(.formatInvalid, "the page changed while the file was read")
        }
        // Strips of the first page are no strips of one that is laid out otherwise.
        let isLikeFirst =
          page.blockHeight == self.page.blockHeight && page.blockWidth == self.page.blockWidth
          && page.isSeparate == self.page.isSeparate
        if let block = job.block, isLikeFirst {
          try readBlock(block, of: page, file, job, box, onto: canvas, reader)
        } else if job.block == nil || job.block == 0 || !isLikeFirst {
          for block in 0..<page.blocks { try readBlock(block, of: page, file, job, box, onto: canvas, reader) }
        }
      }
    case .files(let files):
      try ArrayStoreError.located(store: files[job.number].string) {
        let file = try TIFFFile(opening: files[job.number])
        let page = try file.page(0)
        guard page.isLike(self.page) else {
          throw ArrayStoreError(.formatInvalid, "the plane changed while the folder was read")
        }
        for block in 0..<page.blocks { try readBlock(block, of: page, file, job, box, onto: canvas, reader) }
      }
    }
  }

  private func readBlock(
    _ block: Int, of page: TIFFPage, _ file: TIFFFile, _ job: Job, _ box: Region, onto canvas: Canvas,
    _ reader: PlaneReader
  ) throws {
    let place = page.box(of: block)
    guard let common = place.intersection(box) else { return }
    let target = Region(
      start: job.index + common.relative(to: box.start).start, shape: job.index.map { _ in 1 } + common.shape)
    let codec = page.isPlain ? nil : page.words
    try ArrayStoreError.located(chunk: [block], codec: codec, offset: file.place(of: block)) {
      guard try file.read(block, of: page, into: reader.buffer) else {
        return canvas.fill(target, with: [UInt8](repeating: 0, count: page.type.size))
      }
      let samples = page.isSeparate ? 1 : page.samples
      let strides = [page.blockWidth * samples, samples] + (page.samples > 1 ? [1] : [])
      let start = common.relative(to: place.start).start
      canvas.place(
        target, from: reader.buffer, at: zip(start, strides).reduce(0) { $0 + $1.0 * $1.1 },
        strides: job.index.map { _ in 0 } + strides, swaps: false)
    }
  }

  private func readRows(
    _ job: Job, _ box: Region, at offset: Int, isSwapped: Bool, onto canvas: Canvas, _ reader: PlaneReader
  ) throws {
    guard !box.isEmpty else { return }
    let strides = Shape.strides(page.shape)
    let row = page.shape.dropFirst().reduce(page.type.size, *)
    let start = offset + (job.number * page.height + box.start[0]) * row
    let file = try reader.object(path)
    try ArrayStoreError.located(array: "page \(job.number)", offset: start) {
      try file.read(start..<start + box.shape[0] * row, into: reader.buffer)
    }
    let target = Region(start: job.index + box.shape.map { _ in 0 }, shape: job.index.map { _ in 1 } + box.shape)
    let first = zip(box.start, strides).dropFirst().reduce(0) { $0 + $1.0 * $1.1 }
    canvas.place(
      target, from: reader.buffer, at: first, strides: job.index.map { _ in 0 } + strides, swaps: isSwapped)
  }
}

/// What one thread needs to read pages.
private final class PlaneReader {
  let buffer = ByteBuffer()
  var directory: UInt64?
  var page: TIFFPage?
  private var file: TIFFFile?
  private var bytes: FileObject?

  func open(_ path: FilePath) throws -> TIFFFile {
    if let file { return file }
    let opened = try TIFFFile(opening: path)
    file = opened
    return opened
  }

  func object(_ path: FilePath) throws -> FileObject {
    if let bytes { return bytes }
    guard let opened = try FileObject(opening: path) else {
      throw ArrayStoreError(.inputOutput, "the file vanished while it was read")
    }
    bytes = opened
    return opened
  }
}
