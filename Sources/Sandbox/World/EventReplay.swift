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
    }

    private(set) var rounds: ArraySlice<ArraySlice<Event>>
    /// What is known of the packages that the events bring.
    var newPackages: [SandboxDirectory: [String: SandboxPackage]] = [:]

    /// - Parameter count: How many rounds; the events are shared out evenly, in their order.
    init(_ events: [Event], rounds count: Int) {
        let count = max(1, count)
        let rounds = (0..<count).map { round in
            events[(round * events.count / count)..<((round + 1) * events.count / count)]
        }
        self.rounds = rounds[...]
    }

    mutating func nextRound() -> ArraySlice<Event> { self.rounds.popFirst() ?? [] }

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
