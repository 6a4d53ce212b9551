/// Recorded changes that wait to be applied as commits, in rounds.
struct EventReplay: Sendable {
    /// A line of the recording: what one package looked like before and after.
    struct Event: Sendable {
        var seconds: Int64
        var directory: SandboxDirectory
        var isNew: Bool
        var slug: String
        var oldVersion: String
        var version: String
        var oldUpdatedSeconds: Int64
        var added: Int
        var removed: Int
        var oldStableTag: String
        var stableTag: String
        /// What the same change brought the last time that it was replayed.
        var formerVersion: String?
    }

    private(set) var rounds: ArraySlice<ArraySlice<Event>>
    /// How often the events were used up; 0 the first time.
    private(set) var lap = 0
    private let events: [Event]
    private let count: Int
    private let repeats: Bool
    /// What is known of the packages that the events bring.
    var newPackages: [SandboxDirectory: [String: SandboxPackage]] = [:]

    /// - Parameters:
    ///   - count: How many rounds; the events are shared out evenly, in their order.
    ///   - repeats: Whether they begin anew when they are used up, with versions above those of before.
    init(_ events: [Event], rounds count: Int, repeats: Bool = false) {
        self.events = events
        self.count = max(1, count)
        self.repeats = repeats && !events.isEmpty
        self.rounds = Self.share(events, among: self.count)
    }

    mutating func nextRound() -> ArraySlice<Event> {
        if self.rounds.isEmpty, self.repeats {
            self.lap += 1
            self.rounds = Self.share(self.events.map { $0.again(lap: self.lap) }, among: self.count)
        }
        return self.rounds.popFirst() ?? []
    }

    private static func share(_ events: [Event], among count: Int) -> ArraySlice<ArraySlice<Event>> {
        (0..<count).map { events[($0 * events.count / count)..<(($0 + 1) * events.count / count)] }[...]
    }

    /// Reads a recording: tab-separated, one heading line.
    ///
    /// - Throws: ``SandboxError/badData(file:line:reason:)``.
    static func read(_ path: String) throws -> [Event] {
        var events: [Event] = []
        for (number, line) in try DirectoryFile.lines(path).enumerated() where number > 0 && !line.isEmpty {
            let columns = String(decoding: line, as: UTF8.self).split(separator: "\t", omittingEmptySubsequences: false)
            guard columns.count >= 10, let directory = SandboxDirectory(rawValue: String(columns[1])) else {
                throw SandboxError.badData(file: path, line: number + 1, reason: "ten columns or more were expected")
            }
            func column(_ index: Int) -> String { index < columns.count ? String(columns[index]) : "" }
            events.append(
                Event(
                    seconds: Int64(column(0)) ?? 0,
                    directory: directory,
                    isNew: column(2) == "A",
                    slug: column(3),
                    oldVersion: column(4),
                    version: column(5),
                    oldUpdatedSeconds: CivilTime.parse(columns[6]) ?? 0,
                    added: Int(column(10)) ?? 0,
                    removed: Int(column(11)) ?? 0,
                    oldStableTag: column(12),
                    stableTag: column(13)
                )
            )
        }
        return events
    }
}

extension EventReplay.Event {
    /// The same change with a later version, once the events were used up `lap` times.
    ///
    /// The tag of the lap before goes where a new one comes, so that packages have as many tags after years as after weeks.
    func again(lap: Int) -> Self {
        var event = self
        event.version = Self.version(self.version, lap: lap)
        if self.stableTag == self.version || self.isNew { event.stableTag = event.version }
        event.formerVersion = Self.version(self.version, lap: lap - 1)
        // What was new once has a new version now.
        if self.isNew { event.added = 1 }
        event.isNew = false
        return event
    }

    /// Above all versions of the laps before: the first number is higher.
    private static func version(_ version: String, lap: Int) -> String {
        guard lap > 0 else { return version }
        let prefix = version.prefix { !("0"..."9").contains($0) }
        let digits = version.dropFirst(prefix.count).prefix { ("0"..."9").contains($0) }
        guard let number = Int(digits), number < 1 << 40 else { return "\(version).\(lap)" }
        return "\(prefix)\(number + 100 * lap)\(version.dropFirst(prefix.count + digits.count))"
    }
}
