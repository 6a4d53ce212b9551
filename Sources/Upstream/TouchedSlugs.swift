import Composer

/// What one revision did to one directory of the top level.
struct SlugTouch {
    enum Event { case appeared, removed, touched }

    /// Whether anything but `assets` and `branches` was touched.
    var isMaterial = false
    /// Prefixes under which everything went away.
    var cleared: Set<String> = []
    /// By path of a fact.
    var events: [String: Event] = [:]
}

/// What one revision did, by directory of the top level.
struct TouchedSlugs {
    private let layout: PackageType
    private(set) var slugs: [String: SlugTouch] = [:]
    /// Everything below it is known to be touched: most paths of a revision lie in one directory.
    private var known = ""

    init(layout: PackageType) { self.layout = layout }

    mutating func add(_ path: LogPath) {
        if !self.known.isEmpty, path.path.utf8.count > self.known.utf8.count, path.path.hasBytes(self.known) { return }
        var parts = PathParts(path.path)
        guard let slug = parts.next() else { return }
        let isAlone = parts.isAtEnd
        // A file at the top level is no package; one that took the place of a directory ends it.
        if isAlone, path.isDirectory == false, path.action != .replaced { return }
        var touch = self.slugs[slug] ?? SlugTouch()
        defer { self.slugs[slug] = touch }
        guard let second = parts.next() else {
            touch.isMaterial = true
            if path.action == .deleted || path.action == .replaced { touch.cleared.insert("") }
            return
        }
        guard self.layout == .plugin else {
            self.touch(&touch, second, path, isExact: parts.isAtEnd, below: "/\(slug)/\(second)/")
            return
        }
        switch second {
        case "assets", "branches":
            return
        case "trunk":
            self.touch(&touch, second, path, isExact: parts.isAtEnd, below: "/\(slug)/trunk/")
        case "tags":
            guard let tag = parts.next() else {
                touch.isMaterial = true
                if path.action == .deleted || path.action == .replaced { touch.cleared.insert("tags/") }
                return
            }
            self.touch(&touch, "tags/\(tag)", path, isExact: parts.isAtEnd, below: "/\(slug)/tags/\(tag)/")
        default:
            touch.isMaterial = true
        }
    }

    /// - Parameters:
    ///   - isExact: Whether the path is the fact's own, and not one in it.
    ///   - prefix: What every path in it begins with.
    private mutating func touch(
        _ touch: inout SlugTouch,
        _ fact: String,
        _ path: LogPath,
        isExact: Bool,
        below prefix: String
    ) {
        touch.isMaterial = true
        guard isExact else {
            if touch.events[fact] == nil { touch.events[fact] = .touched }
            self.known = prefix
            return
        }
        // Files are not versions; one that took the place of a directory ends it.
        switch path.action {
        case .deleted where path.isDirectory == false: break
        case .deleted: touch.events[fact] = .removed
        case .replaced: touch.events[fact] = path.isDirectory == false ? .removed : .appeared
        case .added where path.isDirectory != false: touch.events[fact] = .appeared
        case .modified where path.isDirectory != false:
            if touch.events[fact] == nil { touch.events[fact] = .touched }
        case .added, .modified: break
        }
    }
}

/// The parts of a path between its slashes, without making all of them at once.
private struct PathParts {
    private var rest: Substring.UTF8View

    init(_ path: String) {
        self.rest = path[...].utf8
        self.skipSlashes()
    }

    var isAtEnd: Bool { self.rest.isEmpty }

    mutating func next() -> String? {
        guard !self.rest.isEmpty else { return nil }
        let end = self.rest.firstIndex(of: UInt8(ascii: "/")) ?? self.rest.endIndex
        let part = String(Substring(self.rest[..<end]))
        self.rest = self.rest[end...]
        self.skipSlashes()
        return part
    }

    private mutating func skipSlashes() { self.rest = self.rest.drop { $0 == UInt8(ascii: "/") } }
}

extension String {
    /// Whether it begins with the bytes of `prefix`, whatever their Unicode meaning.
    fileprivate func hasBytes(_ prefix: String) -> Bool { self.utf8.starts(with: prefix.utf8) }
}
