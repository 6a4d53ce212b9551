import Composer

/// Collects what one item of a log report says, within limits.
///
/// Of the paths that lie in one folder of the third level, such as `/akismet/tags/5.3/`, one is kept: each says the same,
/// that something in there was touched. An item over the limits keeps the names of its top-level directories only.
struct LogItemBuilder {
    private let limits: LogReportLimits
    private var paths: [LogPath] = []
    private var bytes = 0
    /// Folders of the third level of which a path is kept.
    private var folders: Set<[UInt8]> = []
    /// The one of the path before: most paths follow others of their folder.
    private var folder: [UInt8] = []
    private var slugs: Set<String> = []
    private var droppedPaths = 0
    private var isOversized = false

    /// nil as long as no readable one has come.
    var revision: Int64?
    var dateMilliseconds: Int64?
    /// Whether something in it could not be read.
    var isDamaged = false

    init(limits: LogReportLimits) { self.limits = limits }

    /// - Parameters:
    ///   - path: Without its text.
    ///   - text: The path, or its beginning.
    ///   - isCut: Whether `text` is a beginning.
    ///   - isReadable: Whether all of the path could be decoded.
    mutating func add(_ path: LogPath, _ text: [UInt8], isCut: Bool = false, isReadable: Bool = true) {
        let (slug, folder) = Self.parts(text)
        guard let slug else { return self.paths.append(path.named(text)) }
        // What follows the third level makes no difference, where it ends included.
        let isUsable = isReadable && (!isCut || folder != nil)
        if let folder, isUsable {
            guard folder != self.folder[...] else { return }
            self.folder = Array(folder)
            guard self.isOversized || self.folders.insert(self.folder).inserted else { return }
        }
        let isFile = path.isDirectory == false && path.action != .replaced && slug.upperBound == text.count
        let name = String(decoding: text[slug].prefix(PackageName.maxSlugBytes + 1), as: UTF8.self)
        if !isFile || isCut { self.keep(name) }
        if !isUsable { self.droppedPaths += 1 }
        guard !self.isOversized else { return }
        let path = isUsable ? path.named(text) : Self.touch(name)
        self.paths.append(path)
        self.bytes += path.path.utf8.count + (path.copyFrom?.path.utf8.count ?? 0)
        if self.paths.count > self.limits.pathsPerItem || self.bytes > self.limits.pathBytesPerItem
            || self.slugs.count > self.limits.slugsPerItem
        {
            self.isOversized = true
            self.paths = []
            self.folders = []
        }
    }

    private mutating func keep(_ slug: String) {
        if self.slugs.count < self.limits.slugsWithoutFacts {
            self.slugs.insert(slug)
        } else if !self.slugs.contains(slug) {
            self.droppedPaths += 1
        }
    }

    /// The item, without facts where they can't be told.
    consuming func item() -> LogItem {
        let isBroken = self.isDamaged || self.revision == nil
        var item = LogItem(revision: self.revision ?? -1, dateMilliseconds: self.dateMilliseconds, paths: self.paths)
        item.droppedPaths = self.droppedPaths
        guard self.isOversized || isBroken else { return item }
        item.defect = self.isOversized ? .oversized : .damaged
        item.paths = self.slugs.map(Self.touch)
        return item
    }

    /// What makes a package due and says nothing of what is in it.
    private static func touch(_ slug: String) -> LogPath {
        LogPath(path: "/\(slug)", action: .modified, isDirectory: true)
    }

    /// Where the first part of a path is, and its first three parts when a fourth follows.
    private static func parts(_ text: [UInt8]) -> (slug: Range<Int>?, folder: ArraySlice<UInt8>?) {
        let slash = UInt8(ascii: "/")
        var slug: Range<Int>?
        var index = 0
        for part in 1...3 {
            while index < text.count, text[index] == slash { index += 1 }
            guard index < text.count else { return (slug, nil) }
            let start = index
            while index < text.count, text[index] != slash { index += 1 }
            if part == 1 { slug = start..<index }
        }
        return (slug, text[index...].contains { $0 != slash } ? text[..<index] : nil)
    }
}

extension LogItem {
    /// The same as of an item whose paths can't be told: its packages become due, and nothing else is known.
    func withoutFacts(at revision: Int64) -> LogItem {
        var builder = LogItemBuilder(limits: LogReportLimits())
        for path in self.paths { builder.add(path, Array(path.path.utf8)) }
        builder.isDamaged = true
        builder.revision = revision
        return builder.item()
    }
}

extension LogPath {
    fileprivate func named(_ text: [UInt8]) -> LogPath {
        var path = self
        path.path = String(decoding: text, as: UTF8.self)
        return path
    }
}
