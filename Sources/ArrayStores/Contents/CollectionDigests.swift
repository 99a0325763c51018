public import Fingerprints
public import SystemPackage

/// The logical digests of the arrays at a path, and what kept the others from having one.
public struct CollectionDigests: Sendable {
  /// An array that was read to its end.
  public struct Entry: Sendable {
    /// The path in the store; empty for the root.
    public let name: String
    /// The type of the elements.
    public let type: ElementType
    /// The number of elements along each axis.
    public let shape: [Int]
    /// See `StoredArray.logicalDigest`: of type, shape and values alone.
    public let digest: Digest
    /// See `StoredArray.valueHash`; nil where it was not asked for.
    public let valueHash: Digest?
  }

  /// In the order in which they were read.
  public private(set) var arrays: [Entry] = []
  /// What is no array of numbers and has no digest.
  public private(set) var others: [String] = []
  /// Why the rest could not be read.
  public private(set) var failures: [ArrayStoreError] = []

  /// Reads all arrays, or those that are named, one after the other.
  ///
  /// - Parameters:
  ///   - format: What the path must be; nil to recognise it.
  ///   - names: Arrays in the store; empty for all of them.
  ///   - hashesValues: Whether the values are hashed without their blocks as well.
  ///   - progress: Hears of each array when it is done.
  public init(
    of path: FilePath, as format: ArrayFile.Format? = nil, arrays names: [String] = [], hashesValues: Bool = false,
    progress: (Entry) -> Void = { _ in }
  ) {
    do {
      if names.isEmpty {
        addAll(of: try ArrayCollection(opening: path, as: format), hashesValues, progress)
      } else {
        for name in names {
          add(name, of: path, hashesValues, progress) { try ArrayFile(opening: path, as: format, array: name) }
        }
      }
    } catch let error as ArrayStoreError {
      failures.append(error)
    } catch {
      failures.append(ArrayStoreError(.inputOutput, "\(error)", store: path.string))
    }
  }

  private mutating func addAll(
    of collection: ArrayCollection, _ hashesValues: Bool, _ progress: (Entry) -> Void
  ) {
    for entry in collection.entries {
      if let problem = entry.problem {
        failures.append(problem)
      } else if entry.isOther {
        others.append(entry.name)
      } else {
        add(entry.name, of: collection.path, hashesValues, progress) { try collection.array(entry.name) }
      }
    }
  }

  private mutating func add(
    _ name: String, of path: FilePath, _ hashesValues: Bool, _ progress: (Entry) -> Void, _ open: () throws -> ArrayFile
  ) {
    do {
      let entry = try ArrayStoreError.located(store: path.string, array: name) {
        let array = try open()
        return Entry(
          name: name, type: array.type, shape: array.shape, digest: try array.logicalDigest(),
          valueHash: hashesValues ? try array.valueHash() : nil)
      }
      arrays.append(entry)
      progress(entry)
    } catch let error as ArrayStoreError {
      failures.append(error)
    } catch {
      // Nothing else is thrown by reading; what is, must not be taken for a success.
      failures.append(ArrayStoreError(.inputOutput, "\(error)", store: path.string, array: name))
    }
  }

  /// As fields of a JSON object: `arrays` and `others`; with the first failure's `error`, `at` and `message`, and all
  /// `failures`.
  public var fields: [String: CanonicalValue] {
    var fields: [String: CanonicalValue] = [
      "arrays": .list(arrays.map(\.document)), "others": .list(others.map { .text($0) }),
    ]
    if let first = failures.first {
      fields.merge(first.facts) { $1 }
      fields["failures"] = .list(failures.map(\.document))
    }
    return fields
  }
}

extension CollectionDigests.Entry {
  fileprivate var document: CanonicalValue {
    var document: [String: CanonicalValue] = [
      "array": .text(name), "type": .text(type.rawValue), "shape": .list(shape.map { .integer(Int64($0)) }),
      "digest": .text(digest.hex),
    ]
    if let valueHash { document["sha256"] = .text(valueHash.hex) }
    return .map(document)
  }
}

extension ArrayStoreError {
  /// As JSON: `error` is the code's name, `at` the place as far as it is known, `message` what happened.
  public var document: CanonicalValue { .map(facts) }

  fileprivate var facts: [String: CanonicalValue] {
    var at: [String: CanonicalValue] = ["store": .text(store), "array": .text(array)]
    if let chunk { at["chunk"] = .list(chunk.map { .integer(Int64($0)) }) }
    if let offset { at["offset"] = .integer(Int64(offset)) }
    if let codec { at["codec"] = .text(codec) }
    return ["error": .text(code.description), "at": .map(at), "message": .text(message)]
  }
}
