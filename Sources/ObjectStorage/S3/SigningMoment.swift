import Crypto
import Synchronization
import Wire

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The part of a signature that is the same for a whole second.
final class SigningMoment: Sendable {
    /// Unix time in seconds.
    let second: Int64
    /// For example `20130524T000000Z`.
    let timestamp: String
    let day: SigningDay
    /// The first three lines of the string to sign.
    let stringToSignStart: String

    init(second: Int64, day: SigningDay) {
        self.second = second
        self.day = day
        self.timestamp = Self.timestamp(second)
        self.stringToSignStart = "AWS4-HMAC-SHA256\n\(self.timestamp)\n\(day.scope)\n"
    }
}

extension SigningMoment {
    /// A clock that no calendar tells signs with a time that every server refuses.
    fileprivate static func timestamp(_ second: Int64) -> String { UTCTime(second)?.basic ?? "00000000T000000Z" }
}

/// The part of a signature that is the same for a whole day, the derived key above all.
final class SigningDay: Sendable {
    /// Days since 1970 in UTC.
    let number: Int64
    /// For example `20130524/us-east-1/s3/aws4_request`.
    let scope: String
    let key: SymmetricKey

    init(number: Int64, secretKey: String, region: String, service: String) {
        self.number = number
        let date = String(SigningMoment.timestamp(number * 86_400).prefix(8))
        self.scope = "\(date)/\(region)/\(service)/aws4_request"
        var key = SymmetricKey(data: Array("AWS4\(secretKey)".utf8))
        for part in [date, region, service, "aws4_request"] {
            key = SymmetricKey(data: HMAC<SHA256>.authenticationCode(for: Array(part.utf8), using: key))
        }
        self.key = key
    }
}

/// Hands out the current ``SigningMoment``, made once a second.
final class SigningClock: Sendable {
    private let secretKey: String
    private let region: String
    private let service: String
    private let now: @Sendable () -> Int64
    private let latest = Mutex<SigningMoment?>(nil)

    /// This machine's Unix time in seconds.
    static let machineTime: @Sendable () -> Int64 = { Int64(time(nil)) }

    /// - Parameter now: Unix time in seconds.
    init(
        secretKey: String,
        region: String,
        service: String = "s3",
        now: @escaping @Sendable () -> Int64
    ) {
        self.secretKey = secretKey
        self.region = region
        self.service = service
        self.now = now
    }

    func moment() -> SigningMoment {
        let second = self.now()
        return self.latest.withLock { latest in
            if let latest, latest.second == second { return latest }
            let number = second / 86_400
            let day =
                if let known = latest?.day, known.number == number {
                    known
                } else {
                    SigningDay(number: number, secretKey: self.secretKey, region: self.region, service: self.service)
                }
            let moment = SigningMoment(second: second, day: day)
            latest = moment
            return moment
        }
    }
}
