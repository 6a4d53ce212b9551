import Composer
import Facts

/// What one revision did to one directory of the top level.
struct SlugTouch {
    enum Event { case appeared, removed, touched }

    /// More bytes than the path of any version has: an entry of a database's index has to stay short.
    private static let maxFactBytes = 1_024

    /// Whether anything but `assets` and `branches` was touched.
    private(set) var isMaterial = false
    /// What became of the folders above facts, by prefix.
    private(set) var folders: [String: FolderChange.Content] = [:]
    /// By path of a fact.
    private(set) var events: [String: Event] = [:]
    /// Paths that no version can have.
    private(set) var droppedPaths = 0

    /// - Parameter rest: What follows the directory's name.
    /// - Returns: The fact whose path the given one lies in; nil where it lies in none.
    fileprivate mutating func add(_ path: LogPath, _ rest: consuming PathParts, _ layout: PackageType) -> String? {
        guard let second = rest.next() else {
            self.isMaterial = true
            self.change("", path)
            return nil
        }
        guard layout == .plugin else { return self.touch(second, path, isExact: rest.isAtEnd) }
        switch second {
        case "assets", "branches":
            return nil
        case "trunk":
            return self.touch(second, path, isExact: rest.isAtEnd)
        case "tags":
            guard let tag = rest.next() else {
                self.isMaterial = true
                self.change("tags/", path)
                return nil
            }
            return self.touch("tags/\(tag)", path, isExact: rest.isAtEnd)
        default:
            self.isMaterial = true
            return nil
        }
    }

    private mutating func change(_ prefix: String, _ path: LogPath) {
        if path.action == .modified { return }
        if path.action != .deleted, path.isDirectory != false, let source = path.copyFrom {
            let isItself = source.revision > 0 && source.path.utf8.elementsEqual(path.path.utf8)
            self.folders[prefix] = isItself ? .itself(at: source.revision) : .another
        } else if path.action != .added {
            // Nothing the log would not name is in a folder that was added without a source.
            self.folders[prefix] = .nothing
        }
    }

    /// - Parameter isExact: Whether the path is the fact's own, and not one in it.
    private mutating func touch(_ fact: String, _ path: LogPath, isExact: Bool) -> String? {
        self.isMaterial = true
        // Subversion has no zero bytes in names, and PostgreSQL none in texts.
        guard fact.utf8.count <= Self.maxFactBytes, !fact.utf8.contains(0) else {
            self.droppedPaths += 1
            return nil
        }
        guard isExact else {
            if self.events[fact] == nil { self.events[fact] = .touched }
            return fact
        }
        // Files are not versions; one that took the place of a directory ends it.
        switch path.action {
        case .deleted where path.isDirectory == false: break
        case .deleted: self.events[fact] = .removed
        case .replaced: self.events[fact] = path.isDirectory == false ? .removed : .appeared
        case .added where path.isDirectory != false: self.events[fact] = .appeared
        case .modified where path.isDirectory != false:
            if self.events[fact] == nil { self.events[fact] = .touched }
        case .added, .modified: break
        }
        return nil
    }
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
        // A file at the top level is no package; one that took the place of a directory ends it.
        if parts.isAtEnd, path.isDirectory == false, path.action != .replaced { return }
        // In place: copying what is known of a slug for each path would cost the product of both.
        if let fact = self.slugs[slug, default: SlugTouch()].add(path, parts, self.layout) {
            self.known = "/\(slug)/\(fact)/"
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
