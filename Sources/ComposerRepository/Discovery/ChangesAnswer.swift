import Wire

/// An answer of a feed as Packagist's `/metadata/changes.json`, summed up by package.
///
/// Nothing in it is believed to be a clock: timestamps are only compared with each other, by whoever keeps the last one.
package struct ChangesAnswer: Sendable {
    package struct Tally: Equatable, Sendable {
        /// All actions, usable or not.
        package var actions = 0
        /// Such as are no objects, name no package or are of an unknown type; of the last, the package is taken along.
        package var damaged = 0
        /// Names that no package can have.
        package var unusableNames = 0
        /// Times that are none, or outside of the years 1970 to 9999; the package is taken along.
        package var absurdTimes = 0
    }

    /// How many units of a timestamp are a second, by Packagist's contract.
    package static let unitsPerSecond: Int64 = 10_000
    /// How many packages are kept: what has more is taken for a resync, as Packagist does above 100,000 actions.
    package static let maxPackages = 200_000

    /// What the next question begins with, inclusive; nil where the answer has none that can be one.
    package internal(set) var timestamp: Int64?
    /// In the order in which they first appear.
    package internal(set) var packages: [PackageChange] = []
    /// Whether everything has to be looked at: the feed says so, or it has more packages than are kept.
    package internal(set) var wantsResync = false
    package internal(set) var tally = Tally()

    /// Reads an answer with status 200.
    ///
    /// - Parameter maxPackages: How many packages are kept.
    /// - Throws: ``UnreadableAnswer`` where it is no such answer or ends early; never for single actions.
    package init(parsing bytes: [UInt8], maxPackages: Int = Self.maxPackages) throws {
        let expected = "list of changes"
        var hasActions = false
        try UnreadableAnswer.reading(expected) {
            var reader = JSONReader(bytes)
            guard try reader.kind() == .object else { throw UnreadableAnswer(expected, "it is no JSON object") }
            var collector = ActionCollector(maxPackages: maxPackages)
            try reader.readObject { reader, key in
                switch try reader.text(key) {
                case "timestamp": self.timestamp = try Self.readTimestamp(&reader)
                case "actions": hasActions = try collector.read(&reader) || hasActions
                default: try reader.skipValue()
                }
            }
            try reader.finish()
            collector.finish(&self)
        }
        guard hasActions else { throw UnreadableAnswer(expected, "'actions' is missing") }
    }

    /// Reads the answer to a question without a usable `since`, which has status 400: where a follower begins.
    ///
    /// - Returns: A timestamp for the first question.
    /// - Throws: ``UnreadableAnswer`` where it has none.
    package static func start(parsing bytes: [UInt8]) throws -> Int64 {
        let expected = "timestamp to begin with"
        var timestamp: Int64?
        try UnreadableAnswer.reading(expected) {
            var reader = JSONReader(bytes)
            guard try reader.kind() == .object else { throw UnreadableAnswer(expected, "it is no JSON object") }
            try reader.readObject { reader, key in
                if reader.matches(key, "timestamp") {
                    timestamp = try self.readTimestamp(&reader)
                } else {
                    try reader.skipValue()
                }
            }
            try reader.finish()
        }
        guard let timestamp else { throw UnreadableAnswer(expected, "'timestamp' is missing or no whole number") }
        return timestamp
    }

    private static func readTimestamp(_ reader: inout JSONReader) throws -> Int64? {
        try reader.readInteger().flatMap { $0 >= 0 ? $0 : nil }
    }
}
