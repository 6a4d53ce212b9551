import Composer
import Facts
import Wire

/// Reads lists of advisories by name, as APIs and documents have them.
struct AdvisoryLists {
    private(set) var lists: [String: [FeedAdvisory]] = [:]
    private(set) var troubles = FeedTroubles()
    private var ids: [String: Set<String>] = [:]
    /// What has to go with copies of all of them, as another Packline says it.
    private var notices: [AdvisoryNotice] = []

    /// Whether there is not one advisory, readable or not.
    var isEmpty: Bool { self.lists.values.allSatisfy(\.isEmpty) && self.troubles == FeedTroubles() }

    /// Bytes of names, of which the others are no names of packages.
    private static let maxNameBytes = 300

    /// The answer of an API: `{"advisories":{"acme/a":[…]}}`.
    ///
    /// - Throws: `JSONReader.Failure` where it is none.
    mutating func readAnswer(_ bytes: [UInt8]) throws {
        var hasAdvisories = false
        try Self.readWhole(bytes) { reader, key in
            guard key == "advisories" else { return try self.readOther(&reader, key) }
            hasAdvisories = true
            try reader.eachMember { reader, name in
                guard let name, name.utf8.count <= Self.maxNameBytes else {
                    self.troubles.note(.unreadable, "a list of advisories without a name")
                    try reader.skipValue()
                    return
                }
                try self.readList(&reader, of: name.lowercased())
            }
        }
        guard hasAdvisories else { throw JSONReader.Failure(reason: "'advisories' is missing", position: 0) }
        self.attribute()
    }

    /// A document of metadata, whose own list is for `name`.
    ///
    /// - Throws: `JSONReader.Failure` where it is none.
    mutating func readDocument(_ bytes: [UInt8], of name: String) throws {
        self.lists[name] = []
        try Self.readWhole(bytes) { reader, key in
            if key == "security-advisories" {
                try self.readList(&reader, of: name)
            } else {
                try self.readOther(&reader, key)
            }
        }
        self.attribute()
    }

    /// Wherever it stands: before or after what it is about.
    private mutating func readOther(_ reader: inout JSONReader, _ key: String) throws {
        guard key == "attribution" else { return _ = try reader.skipValue() }
        try reader.eachMember { reader, _ in
            if let notice = try AdvisoryNotice(reading: &reader) { self.notices.append(notice) }
        }
    }

    private mutating func attribute() {
        if self.notices.isEmpty { return }
        for name in self.lists.keys {
            for index in (self.lists[name] ?? []).indices { self.lists[name]?[index].notices = self.notices }
        }
    }

    private static func readWhole(
        _ bytes: [UInt8],
        _ onMember: (inout JSONReader, _ key: String) throws -> Void
    ) throws {
        var reader = JSONReader(bytes)
        guard try reader.kind() == .object else { throw JSONReader.Failure(reason: "no object", position: 0) }
        try reader.readObject { reader, key in try onMember(&reader, reader.text(key)) }
        try reader.finish()
    }

    private mutating func readList(_ reader: inout JSONReader, of name: String) throws {
        if self.lists[name] == nil { self.lists[name] = [] }
        try reader.eachMember { reader, _ in
            switch try AdvisoryEntry(reading: &reader) {
            case .full(let advisory, let mended):
                guard self.ids[name, default: []].insert(advisory.id).inserted else {
                    self.troubles.note(.repeated, "\(name): \(advisory.id)")
                    return
                }
                if let mended {
                    self.troubles.note(.constraintsMended, "\(name): \(advisory.id): \(mended)")
                }
                self.lists[name, default: []].append(FeedAdvisory(subject: .name(name), advisory: advisory))
            case .partial(let id, _): self.leaveOut(id, .partial, "\(name): \(id)")
            case .refused(let id, let constraint):
                self.leaveOut(id, .constraintsRefused, "\(name): \(id): \(constraint)")
            case .unreadable(let id, let reason):
                self.leaveOut(id, .unreadable, "\(name): \(reason)")
            }
        }
    }

    private mutating func leaveOut(_ id: String?, _ kind: FeedTroubles.Kind, _ example: String) {
        self.troubles.note(kind, example)
        if let id { self.troubles.noteUnread(id) }
    }
}
