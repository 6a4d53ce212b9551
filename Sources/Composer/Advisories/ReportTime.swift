import Wire

/// When something was reported, as Packagist writes it: `2024-12-30 15:31:59`.
package enum ReportTime {
    /// That form, in UTC, of any that ``WrittenTime`` reads; nil for anything else.
    package static func canonical(_ text: String) -> String? {
        guard let seconds = WrittenTime.seconds(Array(text.utf8).span) else { return nil }
        return self.text(secondsSince1970: seconds)
    }

    /// Nil for times that four digits of a year can't tell.
    package static func text(secondsSince1970 seconds: Int64) -> String? {
        UTCTime(seconds).map { String($0.zulu.dropLast()).replacing("T", with: " ") }
    }
}
