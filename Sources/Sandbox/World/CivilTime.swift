/// A point in time, taken apart in UTC, and the ways in which upstream and S3 write it.
struct CivilTime: Equatable, Sendable {
    var year: Int
    var month: Int
    var day: Int
    var hour: Int
    var minute: Int
    var second: Int
    var weekday: Int

    init(seconds: Int64) {
        let days = Int((seconds >= 0 ? seconds : seconds - 86_399) / 86_400)
        let rest = Int(seconds) - days * 86_400
        // Days to year, month and day in the proleptic Gregorian calendar, with years that begin in March.
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        self.day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
        self.month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        self.year = yearOfEra + era * 400 + (self.month <= 2 ? 1 : 0)
        self.hour = rest / 3_600
        self.minute = rest / 60 % 60
        self.second = rest % 60
        self.weekday = ((days + 4) % 7 + 7) % 7
    }

    /// Seconds since 1970 of a date in UTC.
    static func seconds(year: Int, month: Int, day: Int, hour: Int = 0, minute: Int = 0, second: Int = 0) -> Int64 {
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = (shiftedYear >= 0 ? shiftedYear : shiftedYear - 399) / 400
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        let days = era * 146_097 + dayOfEra - 719_468
        return Int64(days) * 86_400 + Int64(hour * 3_600 + minute * 60 + second)
    }

    /// Reads `2024-10-24`, `2024-10-24 17:21:40`, `2024-10-24T17:21:40Z` and `20241024T172140Z`; nil for anything else.
    static func parse(_ text: some StringProtocol) -> Int64? {
        let digits = text.utf8.filter { $0 >= 0x30 && $0 <= 0x39 }.map { Int($0) - 0x30 }
        guard digits.count == 8 || digits.count == 14 else { return nil }
        func number(_ range: Range<Int>) -> Int { digits[range].reduce(0) { $0 * 10 + $1 } }
        let month = number(4..<6)
        let day = number(6..<8)
        guard (1...12).contains(month), (1...31).contains(day) else { return nil }
        let hasTime = digits.count == 14
        return Self.seconds(
            year: number(0..<4),
            month: month,
            day: day,
            hour: hasTime ? number(8..<10) : 0,
            minute: hasTime ? number(10..<12) : 0,
            second: hasTime ? number(12..<14) : 0
        )
    }

    private static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    static let longMonths = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ]

    /// `2024-10-24`.
    var date: String { "\(self.year)-\(Self.two(self.month))-\(Self.two(self.day))" }

    /// `17:21:40`.
    var time: String { "\(Self.two(self.hour)):\(Self.two(self.minute)):\(Self.two(self.second))" }

    /// `2024-03-21 6:56am GMT`, as the plugin API writes `last_updated`.
    var twelveHour: String {
        let hour = self.hour % 12 == 0 ? 12 : self.hour % 12
        return "\(self.date) \(hour):\(Self.two(self.minute))\(self.hour < 12 ? "am" : "pm") GMT"
    }

    /// `Thu, 24 Oct 2024 17:21:40 GMT`, as HTTP headers write it.
    var http: String {
        "\(Self.weekdays[self.weekday]), \(Self.two(self.day)) \(Self.months[self.month - 1]) \(self.year) \(self.time) GMT"
    }

    /// `November 13, 2024`, as the closing notices write it.
    var prose: String { "\(Self.longMonths[self.month - 1]) \(self.day), \(self.year)" }

    /// `2024-01-01T00:00:37.007919Z`, as Subversion writes dates.
    static func subversion(microseconds: Int64) -> String {
        let civil = CivilTime(seconds: microseconds / 1_000_000)
        let fraction = String(microseconds % 1_000_000)
        return "\(civil.date)T\(civil.time).\(String(repeating: "0", count: 6 - fraction.count))\(fraction)Z"
    }

    private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
