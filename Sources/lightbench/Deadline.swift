import ArgumentParser
import Foundation
import Recipes

/// When a run shall end: a time of day, such as `07:30`, or a span from now, such as `8h`.
struct Deadline: ExpressibleByArgument {
  /// When that is: what happens before the run begins, such as planning, counts.
  let date: Date

  /// Seconds that are left; 0 once it is over.
  var seconds: Double { max(0, date.timeIntervalSinceNow) }

  init?(argument: String) { self.init(argument, from: Date(), calendar: .current) }

  init?(_ text: String, from now: Date, calendar: Calendar) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    if parts.count == 2 {
      guard parts.allSatisfy({ $0.count == 2 && $0.allSatisfy { $0.isASCII && $0.isNumber } }),
        let hour = Int(parts[0]), let minute = Int(parts[1]), hour < 24, minute < 60,
        let time = calendar.nextDate(
          after: now, matching: DateComponents(hour: hour, minute: minute, second: 0), matchingPolicy: .nextTime)
      else { return nil }
      date = time
      return
    }
    // Anything that is no span of time is answered by the option's own words.
    guard let node = try? Node.parse(text, file: "--deadline"), let span = try? Seconds.decode(node), span.value > 0
    else { return nil }
    date = now.addingTimeInterval(span.value)
  }
}
