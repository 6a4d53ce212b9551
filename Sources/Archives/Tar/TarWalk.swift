/// Goes through a tar as its bytes come, of which it keeps no more than headers and names.
struct TarWalk {
    /// Names and other things that are said of an entry beforehand may have so many bytes.
    private static let maxNotes = 1 << 20

    private enum State {
        /// A header is next, or the end.
        case header
        /// What belongs to an entry: bytes that are still to come, without what fills the last block.
        case data(left: Int, padding: Int)
        /// Only zeros may come.
        case end
    }

    private var state = State.header
    private var block: [UInt8] = []
    private var header: TarHeader?
    /// The data of what says something of the next entry.
    private var note: [UInt8]?
    /// The kinds of headers that have said something of it.
    private var announced: Set<TarHeader.Kind> = []
    private var own = TarRecords()
    private var zeroBlocks = 0
    private var tree: EntryTree
    private(set) var entryCount = 0
    private let limit: Int
    private let excerpts: ArchiveExcerpts?

    init(_ limits: ArchiveLimits, _ excerpts: ArchiveExcerpts?) {
        self.excerpts = excerpts
        self.tree = EntryTree(limit: limits.entries)
        self.limit = limits.entries
        self.block.reserveCapacity(TarHeader.length)
    }

    var fileCount: Int { self.tree.fileCount }

    /// - Throws: ``ArchiveRefusal``.
    mutating func take(_ piece: UnsafeRawBufferPointer) throws(ArchiveRefusal) {
        var place = 0
        while place < piece.count {
            switch self.state {
            case .header, .end:
                let count = min(TarHeader.length - self.block.count, piece.count - place)
                self.block.append(contentsOf: piece[place..<(place + count)])
                place += count
                if self.block.count == TarHeader.length {
                    try self.takeBlock()
                    self.block.removeAll(keepingCapacity: true)
                }
            case .data(let left, let padding):
                let count = min(left, piece.count - place)
                if self.note == nil { self.excerpts?.take(piece[place..<(place + count)]) }
                self.note?.append(contentsOf: piece[place..<(place + count)])
                place += count
                let skipped = left == count ? min(padding, piece.count - place) : 0
                place += skipped
                self.state = .data(left: left - count, padding: padding - skipped)
                if left == count, padding == skipped { try self.endData() }
            }
        }
    }

    /// Makes sure that nothing more has to come.
    ///
    /// - Throws: ``ArchiveRefusal``.
    func finish() throws(ArchiveRefusal) {
        // Two blocks of zeros are the end; what is cut between entries would go unnoticed without.
        guard case .end = self.state, self.zeroBlocks >= 2, self.block.allSatisfy({ $0 == 0 }) else {
            throw ArchiveRefusal(.truncated, "it has no end")
        }
        guard self.announced.isEmpty else { throw ArchiveRefusal(.damaged, "it ends where an entry was announced") }
    }

    private mutating func takeBlock() throws(ArchiveRefusal) {
        if self.block.allSatisfy({ $0 == 0 }) {
            self.zeroBlocks += 1
            self.state = .end
            return
        }
        guard self.zeroBlocks == 0 else { throw ArchiveRefusal(.ambiguous, "something comes after its end") }
        let header = try TarHeader(self.block)
        switch header.kind {
        case .records, .longName, .longTarget:
            guard header.size <= Self.maxNotes else {
                throw ArchiveRefusal(.tooLarge, "what it says of an entry has more than \(Self.maxNotes) bytes")
            }
            try self.announce(header.kind)
            self.note = []
        case .file, .folder, .link, .hardLink:
            // Programs that don't know pax go by the header, and would read other entries out of the bytes.
            guard self.own.size.map({ $0 == header.size }) ?? true else {
                throw ArchiveRefusal(.ambiguous, entry: header.name, "it has two sizes")
            }
            try self.add(header)
        }
        self.header = header
        let rest = header.size % TarHeader.length
        self.state = .data(left: header.size, padding: rest == 0 ? 0 : TarHeader.length - rest)
        if header.size == 0 { try self.endData() }
    }

    /// Takes note that a header says something of the next entry.
    ///
    /// Where several do, programs differ in which one counts, and in whether all do. GNU's two say different things, and
    /// are written together.
    private mutating func announce(_ kind: TarHeader.Kind) throws(ArchiveRefusal) {
        let (isNew, _) = self.announced.insert(kind)
        guard isNew, self.announced.count == 1 || self.announced == [.longName, .longTarget] else {
            throw ArchiveRefusal(.ambiguous, "it says several things of one entry beforehand")
        }
        // Of all that follow, and not of the next one.
        if case .records(areForAll: true) = kind { self.announced = [] }
    }

    private mutating func endData() throws(ArchiveRefusal) {
        self.state = .header
        guard let note = self.note, let header = self.header else { return }
        self.note = nil
        switch header.kind {
        case .records(areForAll: false): try self.own.read(note)
        case .records(areForAll: true):
            var forAll = TarRecords()
            try forAll.read(note)
            // One name for all entries has no use, and programs disagree on what it does.
            guard forAll.isEmpty else { throw ArchiveRefusal(.ambiguous, "it says one name or size for all entries") }
        case .longName: self.own.path = Array(note.prefix { $0 != 0 })
        case .longTarget: self.own.target = Array(note.prefix { $0 != 0 })
        case .file, .folder, .link, .hardLink: return
        }
    }

    private mutating func add(_ header: TarHeader) throws(ArchiveRefusal) {
        self.entryCount += 1
        guard self.entryCount <= self.limit else {
            throw ArchiveRefusal(.tooLarge, "it has more than \(self.limit) entries")
        }
        let name = self.own.path ?? header.name
        let target = self.own.target ?? header.target
        // Programs that don't know what was said beforehand take what the header says, which is cut or made up.
        let plainTarget = self.own.target == nil ? [] : header.target
        var kind = header.kind
        // Old programs know folders by the slash alone; in a name that is cut it may be the last byte.
        if kind == .file, self.own.path == nil, name.last == EntryPath.slash { kind = .folder }
        let path = try EntryPath(name)
        if self.own.path != nil { _ = try EntryPath(header.name) }
        self.own = TarRecords()
        self.announced = []
        switch kind {
        case .folder, .link:
            guard header.size == 0 else {
                throw ArchiveRefusal(.damaged, entry: name, "it is no file, and has bytes")
            }
            let isLink = kind == .link
            let depth = try self.tree.add(path, isLink ? .link : .folder)
            if isLink { try LinkTarget.check(target, of: name, depth: depth) }
            if isLink, !plainTarget.isEmpty { try LinkTarget.check(plainTarget, of: name, depth: depth) }
        case .hardLink:
            let other = try EntryPath(target)
            if !plainTarget.isEmpty { _ = try EntryPath(plainTarget) }
            guard try self.tree.hasFile(other) else {
                throw ArchiveRefusal(.unsafeName, entry: name, "it is a second name of what is no file before it")
            }
            guard header.size == 0 else {
                throw ArchiveRefusal(.damaged, entry: name, "it is a second name of a file, and has bytes")
            }
            try self.tree.add(path, .file)
        default:
            guard name.last != EntryPath.slash else {
                throw ArchiveRefusal(.ambiguous, entry: name, "it is a file, and is named like a folder")
            }
            try self.tree.add(path, .file)
            self.excerpts?.begin(name)
        }
    }
}
