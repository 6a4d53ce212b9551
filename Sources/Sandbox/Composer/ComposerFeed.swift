/// The change feed: one action a name, and when.
///
/// Packagist's rules, as far as a follower can see them. All times are in 1/10,000 s since 1970.
struct ComposerFeed: Sendable {
    /// A package's number, doubled, and one more for its `~dev` document.
    typealias Key = Int

    static let retention: Int64 = 86_400 * 10_000
    /// What is smaller was given in seconds or milliseconds.
    static let smallestSince: Int64 = 15_850_612_240_000
    static let mostActions = 100_000
    /// So much newer an update must be to count after a delete.
    static let deleteWins: Int64 = 10 * 10_000

    struct Action: Equatable, Sendable {
        var key: Key
        var isDelete: Bool
        var time: Int64
    }

    private(set) var updates: [Key: Int64] = [:]
    private(set) var deletes: [Int: Int64] = [:]
    private(set) var newest: Int64

    init(newest: Int64) { self.newest = newest }

    mutating func update(_ number: Int, isDev: Bool, time: Int64) {
        self.updates[number * 2 + (isDev ? 1 : 0)] = time
        self.newest = max(self.newest, time)
    }

    mutating func delete(_ number: Int, time: Int64) {
        self.updates[number * 2 + 1] = nil
        self.deletes[number] = time
        self.newest = max(self.newest, time)
    }

    /// The actions since a time, that one included, oldest first; nil when they are too old or too many to be told.
    func actions(since: Int64, now: Int64) -> [Action]? {
        guard since >= now - Self.retention else { return nil }
        var found: [Action] = []
        for (key, time) in self.updates where time >= since {
            if let deleted = self.deletes[key / 2], time < deleted + Self.deleteWins { continue }
            found.append(Action(key: key, isDelete: false, time: time))
        }
        for (number, time) in self.deletes where time >= since {
            if let updated = self.updates[number * 2], updated >= time + Self.deleteWins { continue }
            found.append(Action(key: number * 2, isDelete: true, time: time))
        }
        guard found.count <= Self.mostActions else { return nil }
        return found.sorted { ($0.time, $0.key) < ($1.time, $1.key) }
    }

    /// Forgets what is older than is kept.
    mutating func prune(now: Int64) {
        self.updates = self.updates.filter { $0.value >= now - Self.retention }
        self.deletes = self.deletes.filter { $0.value >= now - Self.retention }
    }
}
