/// Writes a log report in chunks, holding the world's lock for a few hundred revisions at a time.
struct LogReport {
    private static let revisionsPerChunk = 200

    private let world: SandboxWorld
    private let directory: SandboxDirectory
    private let query: LogQuery
    private var revision: Int
    private var left: Int
    private var stage = Stage.opening

    private enum Stage { case opening, items, closing, done }

    init(world: SandboxWorld, directory: SandboxDirectory, query: LogQuery) {
        self.world = world
        self.directory = directory
        self.query = query
        self.revision = query.start
        self.left = query.limit == 0 ? .max : query.limit
    }

    /// The next bytes; nil after the closing tag.
    mutating func next() -> [UInt8]? {
        var bytes: [UInt8] = []
        switch self.stage {
        case .opening:
            bytes.append(DAVText.prolog)
            bytes.append("<S:log-report xmlns:S=\"svn:\" xmlns:D=\"DAV:\">\n" as StaticString)
            self.stage = .items
        case .items:
            bytes.reserveCapacity(Self.revisionsPerChunk * 512)
            self.appendItems(to: &bytes)
            if self.isFinished { self.stage = .closing }
        case .closing:
            bytes.append("</S:log-report>\n" as StaticString)
            self.stage = .done
        case .done:
            return nil
        }
        return bytes
    }

    private var isFinished: Bool {
        self.left == 0
            || (self.query.start <= self.query.end ? self.revision > self.query.end : self.revision < self.query.end)
    }

    private mutating func appendItems(to bytes: inout [UInt8]) {
        let step = self.query.start <= self.query.end ? 1 : -1
        var revision = self.revision
        var left = self.left
        let query = self.query
        let directory = self.directory
        let chunk = self.world.withState { state in
            var chunk: [UInt8] = []
            let last = step > 0 ? query.end : query.start
            let first = step > 0 ? query.start : query.end
            for _ in 0..<Self.revisionsPerChunk where left > 0 && revision >= first && revision <= last {
                if Self.appendItem(revision, of: state[directory], query: query, to: &chunk) { left -= 1 }
                revision += step
            }
            return chunk
        }
        self.revision = revision
        self.left = left
        bytes += chunk
    }

    private static func appendItem(
        _ revision: Int,
        of repository: borrowing SandboxRepository,
        query: LogQuery,
        to bytes: inout [UInt8]
    ) -> Bool {
        let entry = repository.revisions[revision]
        let paths = revision == 0 ? [] : repository.paths(of: entry.change, revision: revision)
        if query.path != "/" {
            let prefix = Array(query.path.utf8)
            let touches = paths.contains { path in
                path.path.starts(with: prefix)
                    && (path.path.count == prefix.count || path.path[prefix.count] == UInt8(ascii: "/"))
            }
            guard touches else { return false }
        }
        bytes.append("<S:log-item>\n" as StaticString)
        if query.showsPaths {
            for path in paths { Self.append(path, to: &bytes) }
        }
        bytes.append("<D:version-name>" as StaticString)
        bytes.append(revision)
        bytes.append("</D:version-name>\n" as StaticString)
        Self.appendProperties(revision, entry, of: repository, query: query, to: &bytes)
        bytes.append("</S:log-item>\n" as StaticString)
        return true
    }

    private static func append(_ path: ChangedPath, to bytes: inout [UInt8]) {
        let isChangedFile = path.kind == .file && path.action != .deleted
        bytes.append("<S:" as StaticString)
        bytes.append(path.action.rawValue)
        bytes.append("-path" as StaticString)
        if let source = path.copiedFrom {
            bytes.append(" copyfrom-path=\"" as StaticString)
            bytes.appendXML(source.path.utf8, quotesToo: true)
            bytes.append("\" copyfrom-rev=\"" as StaticString)
            bytes.append(source.revision)
            bytes.append("\"" as StaticString)
        }
        bytes.append(" node-kind=\"" as StaticString)
        bytes.append(path.kind.rawValue)
        bytes.append("\" text-mods=\"" as StaticString)
        bytes.append(isChangedFile ? "true" : "false" as StaticString)
        bytes.append("\" prop-mods=\"" as StaticString)
        bytes.append(path.kind == .dir && path.action == .modified ? "true" : "false" as StaticString)
        bytes.append("\">" as StaticString)
        bytes.appendXML(path.path)
        bytes.append("</S:" as StaticString)
        bytes.append(path.action.rawValue)
        bytes.append("-path>\n" as StaticString)
    }

    /// Upstream's order is that of a hash table: it differs between revisions.
    private static func appendProperties(
        _ revision: Int,
        _ entry: SandboxRevision,
        of repository: borrowing SandboxRepository,
        query: LogQuery,
        to bytes: inout [UInt8]
    ) {
        for turn in 0..<3 {
            switch (revision + turn) % 3 {
            case 0 where query.wants("svn:date"):
                bytes.append("<S:date>" as StaticString)
                bytes.append(CivilTime.subversion(microseconds: entry.microseconds))
                bytes.append("</S:date>\n" as StaticString)
            case 1 where query.wants("svn:log") && revision > 0:
                Self.appendComment(repository.comment(of: entry.change), query: query, to: &bytes)
            case 2 where query.wants("svn:author"):
                guard let author = repository.author(of: entry.change) else { continue }
                bytes.append("<D:creator-displayname>" as StaticString)
                bytes.appendXML(author.utf8)
                bytes.append("</D:creator-displayname>\n" as StaticString)
            default:
                break
            }
        }
    }

    private static func appendComment(_ comment: String, query: LogQuery, to bytes: inout [UInt8]) {
        let isBinary = comment.utf8.contains { $0 < 0x20 && $0 != 0x09 && $0 != 0x0a && $0 != 0x0d }
        if isBinary, query.encodesBinary {
            bytes.append("<D:comment encoding=\"base64\">" as StaticString)
            bytes.append(Base64.encode(Array(comment.utf8)))
            bytes.append("\n</D:comment>\n" as StaticString)
            return
        }
        bytes.append("<D:comment>" as StaticString)
        for byte in comment.utf8 {
            if byte < 0x20, byte != 0x09, byte != 0x0a, byte != 0x0d {
                let octal = String(byte, radix: 8)
                bytes.append("?\\\(String(repeating: "0", count: 3 - octal.count))\(octal)")
            } else {
                bytes.appendXML(CollectionOfOne(byte))
            }
        }
        bytes.append("</D:comment>\n" as StaticString)
    }
}
