import FoundationEssentials
import Synchronization
import Wire

extension HTTPDate {
    /// Seconds since 1970 by this machine's clock.
    static var now: Int64 { Int64(Date().timeIntervalSince1970) }

    private static let latest = Mutex<(second: Int64, text: String)>((0, HTTPDate.text(secondsSince1970: 0)))

    /// The present second, made once.
    static func textNow() -> String {
        let second = Self.now
        return Self.latest.withLock { latest in
            if latest.second != second { latest = (second, Self.text(secondsSince1970: second)) }
            return latest.text
        }
    }
}
