import Foundation
import NIOHTTP1
import Synchronization
import Wire

/// How far the clocks of others are from this machine's.
final class Clocks: Sendable {
    /// From here on people and caches are told wrong dates.
    static let warnsFromSeconds: Int64 = 60
    /// From here on S3 refuses what is signed.
    static let failsFromSeconds: Int64 = 900

    /// Seconds that each is ahead, in the order in which they were first heard of.
    private let offsets = Mutex<[(who: String, seconds: Int64)]>([])

    /// Notes the `Date` of an answer; one that is late says a little less than it was.
    func note(_ who: String, _ headers: HTTPHeaders) {
        guard let date = headers.first(name: "Date").flatMap({ HTTPDate.secondsSince1970($0) }) else { return }
        self.note(who, milliseconds: date * 1_000)
    }

    /// - Parameter time: Milliseconds since 1970, by its clock, now.
    func note(_ who: String, milliseconds time: Int64) {
        let (difference, overflows) = time.subtractingReportingOverflow(Int64(Date().timeIntervalSince1970 * 1_000))
        let seconds = overflows ? Int64.max : difference / 1_000
        self.offsets.withLock { offsets in
            // What came quickest is nearest to the truth.
            if let index = offsets.firstIndex(where: { $0.who == who }) {
                if seconds.magnitude < offsets[index].seconds.magnitude { offsets[index].seconds = seconds }
            } else {
                offsets.append((who, seconds))
            }
        }
    }

    var all: [(who: String, seconds: Int64)] { self.offsets.withLock { $0 } }
}

extension Doctor {
    func clockFindings() -> [Finding] {
        let all = self.clocks.all.sorted { $0.who < $1.who }
        if all.isEmpty { return [.skipped("clocks", because: "nobody has told a time")] }
        return [Self.clockFinding(all)]
    }

    /// - Parameter all: How many seconds each is ahead of this machine.
    static func clockFinding(_ all: [(who: String, seconds: Int64)]) -> Finding {
        let off = all.filter { $0.seconds.magnitude >= Clocks.warnsFromSeconds }
        if off.isEmpty {
            let most = all.map(\.seconds.magnitude).max() ?? 0
            return .ok("clocks", "\(self.list(["this machine"] + all.map(\.who))) agree within \(most + 1) s")
        }
        let worst = off.map(\.seconds.magnitude).max() ?? 0
        let status: Finding.Status = worst >= Clocks.failsFromSeconds ? .failed : .warning
        // Where all others agree that it is another time, it is.
        if off.count == all.count, all.count > 1, Set(off.map { $0.seconds > 0 }).count == 1 {
            let word = off[0].seconds > 0 ? "behind" : "ahead of"
            return Finding(
                "clocks",
                status,
                "this machine's clock is \(self.words(worst)) \(word) \(self.list(off.map(\.who)))",
                remedy: "set this machine's clock, best by NTP (timedatectl set-ntp true)"
            )
        }
        let texts = off.map { "\($0.who) \(self.words($0.seconds.magnitude)) \($0.seconds > 0 ? "ahead" : "behind")" }
        return Finding(
            "clocks",
            status,
            "compared with this machine's, clocks are off: \(texts.joined(separator: ", "))",
            remedy: "see which is wrong (date -u), and set it by NTP"
        )
    }

    private static func words(_ seconds: UInt64) -> String {
        seconds < 7_200 ? "\(seconds / 60) minutes" : "\(seconds / 3_600) hours"
    }

    private static func list(_ names: [String]) -> String {
        names.count < 2 ? names.joined() : names.dropLast().joined(separator: ", ") + " and " + (names.last ?? "")
    }
}
