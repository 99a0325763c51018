/// Gives every person an object, each object once, at the least total cost.
///
/// Persons come one after the other; each takes the shortest augmenting path in reduced costs (Jonker and Volgenant
/// 1987, here with a heap over the few objects that each person can have). Costs are whole numbers, so that reduced
/// costs are exact and the result is a least one.
struct SparseAssignment {
  private let starts: [Int32]
  private let objects: [Int32]
  private let costs: [Int64]
  /// What the caller calls each choice, and whose it is.
  private let names: [Int32]
  private let owners: [Int32]
  private let objectCount: Int

  /// - Parameters:
  ///   - persons: The choices of each person, by names of the caller's.
  ///   - object: The object of a choice.
  ///   - cost: The cost of a choice, not negative.
  /// - Precondition: There is an assignment of all persons.
  init(persons: [[Int32]], objects count: Int, object: (Int32) -> Int, cost: (Int32) -> Int64) {
    objectCount = count
    names = persons.flatMap { $0 }
    owners = persons.enumerated().flatMap { person, choices in choices.map { _ in Int32(person) } }
    starts = persons.reduce(into: [0]) { $0.append($0[$0.count - 1] + Int32($1.count)) }
    objects = names.map { Int32(object($0)) }
    costs = names.map(cost)
  }

  /// The choice of each person, in their order.
  ///
  /// - Complexity: O(persons · (choices near each) · log); searches stay among what is near in cost.
  func solved() -> [Int32] {
    var search = Search(self)
    for person in 0..<starts.count - 1 { search.place(person) }
    return search.choices.map { names[Int($0)] }
  }

  // MARK: - Private

  /// What is assigned so far, and the prices that prove it best.
  private struct Search {
    let problem: SparseAssignment
    /// The place in the list of choices of each person, -1 without.
    var choices: [Int32]
    var personOf: [Int32]
    /// What an object costs less; 0 for free ones, never above.
    var prices: [Int64]
    // Of the running search, by object; cleared behind it.
    var distances: [Int64]
    var arrivals: [Int32]
    var isDone: [Bool]
    var touched: [Int32] = []
    var heap = SearchHeap()

    init(_ problem: SparseAssignment) {
      self.problem = problem
      choices = [Int32](repeating: -1, count: problem.starts.count - 1)
      personOf = [Int32](repeating: -1, count: problem.objectCount)
      prices = [Int64](repeating: 0, count: problem.objectCount)
      distances = [Int64](repeating: .max, count: problem.objectCount)
      arrivals = [Int32](repeating: -1, count: problem.objectCount)
      isDone = [Bool](repeating: false, count: problem.objectCount)
    }

    /// Assigns one more person.
    mutating func place(_ person: Int) {
      relax(person, from: 0, less: 0)
      var end = -1
      while let next = heap.pop() {
        let object = Int(next.object)
        if isDone[object] { continue }
        isDone[object] = true
        let owner = Int(personOf[object])
        if owner < 0 {
          end = object
          break
        }
        // What the owner pays now is the zero of its reduced costs.
        let own = problem.costs[Int(choices[owner])] - prices[object]
        relax(owner, from: next.distance, less: own)
      }
      precondition(end >= 0, "assignment: person \(person) finds no object")
      let length = distances[end]
      for object in touched where isDone[Int(object)] { prices[Int(object)] += distances[Int(object)] - length }
      flip(to: end, for: person)
      clear()
    }

    private mutating func relax(_ person: Int, from distance: Int64, less own: Int64) {
      for choice in problem.starts[person]..<problem.starts[person + 1] {
        let object = Int(problem.objects[Int(choice)])
        if isDone[object] { continue }
        let length = distance + problem.costs[Int(choice)] - prices[object] - own
        guard length < distances[object] else { continue }
        if distances[object] == .max { touched.append(Int32(object)) }
        distances[object] = length
        arrivals[object] = choice
        heap.push(.init(distance: length, object: Int32(object)))
      }
    }

    /// Gives each object of the path to the person that reached it, from the end back.
    private mutating func flip(to end: Int, for person: Int) {
      var object = end
      while true {
        let choice = arrivals[object]
        let taker = Int(problem.owners[Int(choice)])
        let before = choices[taker]
        choices[taker] = choice
        personOf[object] = Int32(taker)
        if taker == person { return }
        object = Int(problem.objects[Int(before)])
      }
    }

    private mutating func clear() {
      for object in touched {
        distances[Int(object)] = .max
        isDone[Int(object)] = false
      }
      touched.removeAll(keepingCapacity: true)
      heap.removeAll()
    }
  }
}
