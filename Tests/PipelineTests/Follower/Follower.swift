import Foundation

/// A mirror of a Composer repository that knows of it what Packagist documents, and nothing of this one.
///
/// It keeps the files of each name, `vendor/name` or `vendor/name~dev`, and where to go on in the feed.
struct Follower {
    private struct Changes: Decodable {
        struct Action: Decodable {
            var type: String
            var package: String
            var time: Int
        }
        var actions: [Action]?
        var timestamp: Int
    }

    private struct List: Decodable { var packageNames: [String] }

    /// What does not agree with the contract.
    private(set) var complaints: [String] = []
    private(set) var files: [String: [UInt8]] = [:]
    private(set) var resyncs = 0
    private(set) var actions = 0
    private var since: Int?

    /// Brings the mirror up to date with the server at `port`.
    mutating func poll(port: Int) async throws {
        let http = PlainHTTP(port: port)
        guard let since else { return try await self.start(http) }
        let answer = try await http.get("/metadata/changes.json?since=\(since)")
        let changes = try answer.json(Changes.self)
        guard answer.status == 200, let actions = changes.actions else {
            return self.complain("status \(answer.status) for since=\(since)")
        }
        if changes.timestamp < since { self.complain("timestamp \(changes.timestamp) after \(since)") }
        let names = actions.map(\.package)
        if Set(names).count != names.count { self.complain("a name twice in \(names)") }
        for action in actions { try await self.apply(action, http) }
        self.since = changes.timestamp
    }

    private mutating func start(_ http: PlainHTTP) async throws {
        let answer = try await http.get("/metadata/changes.json")
        if answer.status != 400 { self.complain("status \(answer.status) without since") }
        self.since = try answer.json(Changes.self).timestamp
        try await self.readAll(http)
    }

    private mutating func apply(_ action: Changes.Action, _ http: PlainHTTP) async throws {
        self.actions += 1
        switch action.type {
        case "update": try await self.fetch(action.package, notBefore: action.time, http)
        case "delete":
            self.files[action.package] = nil
            self.files["\(action.package)~dev"] = nil
        case "resync" where action.package == "*":
            self.resyncs += 1
            try await self.readAll(http)
        default: self.complain("action \(action)")
        }
    }

    private mutating func readAll(_ http: PlainHTTP) async throws {
        self.files = [:]
        for name in try await http.get("/packages/list.json").json(List.self).packageNames {
            try await self.fetch(name, notBefore: 0, http)
            try await self.fetch("\(name)~dev", notBefore: 0, http)
        }
    }

    private mutating func fetch(_ name: String, notBefore time: Int, _ http: PlainHTTP) async throws {
        let answer = try await http.get("/p2/\(name).json")
        self.files[name] = nil
        // What is not there (any more) will be, or was, announced by another action.
        if answer.status == 404 { return }
        guard answer.status == 200, let modified = answer.headers["last-modified"] else {
            return self.complain("status \(answer.status) for \(name)")
        }
        if try Self.seconds(modified) < time { self.complain("\(name) was modified at \(modified), not at \(time)") }
        self.files[name] = answer.body
    }

    private static func seconds(_ date: String) throws -> Int {
        let format = DateFormatter()
        format.locale = Locale(identifier: "en_US_POSIX")
        format.dateFormat = "EEE, dd MMM yyyy HH:mm:ss zzz"
        guard let date = format.date(from: date) else { throw PlainHTTP.Malformed(text: date) }
        return Int(date.timeIntervalSince1970)
    }

    private mutating func complain(_ text: String) { self.complaints.append(text) }
}
