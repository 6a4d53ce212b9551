import TestSupport
import Upstream

@testable import Composer
@testable import WordPress

/// A repository that keeps what was where in each revision, and commits things that can really happen: also folders that
/// are deleted, restored from any revision, replaced by copies of themselves or of another package's.
struct TestRepository {
    /// A path as it is in a revision.
    struct Node: Equatable {
        /// The revision that last changed it: a copy of the same folder keeps it, one of another folder begins with the
        /// copy.
        var revision: Int64
        /// nil for what a copy of another folder brought along.
        var appeared: Int64?
        /// Equal for equal content.
        var content: Int64
    }

    let layout: PackageType
    private(set) var random: SplitMix
    /// By revision; folders are nodes as well.
    private(set) var states: [[String: Node]] = [[:]]

    init(layout: PackageType, seed: UInt64) {
        self.layout = layout
        self.random = SplitMix(seed: seed)
    }

    var now: [String: Node] { self.states.last ?? [:] }
    /// The paths that can be facts, without the package's.
    var factNames: [String] { self.layout == .plugin ? ["trunk", "tags/1", "tags/2", "tags/3"] : ["1", "2", "3"] }
    static let slugs = ["a", "b", "c"]

    mutating func commit() -> LogItem {
        let revision = Int64(self.states.count)
        var state = self.now
        var paths: [LogPath] = []
        for slug in Self.slugs.shuffled(using: &self.random).prefix(Int.random(in: 0...2, using: &self.random)) {
            paths += self.commit("/\(slug)", revision, &state)
        }
        self.states.append(state)
        return LogItem(
            revision: revision,
            dateMilliseconds: Int.random(in: 0..<10, using: &self.random) > 0 ? revision * 1_000 : nil,
            paths: paths.shuffled(using: &self.random)
        )
    }

    private mutating func commit(_ slug: String, _ revision: Int64, _ state: inout [String: Node]) -> [LogPath] {
        let folder = self.layout == .plugin && Bool.random(using: &self.random) ? "\(slug)/tags" : slug
        switch Int.random(in: 0..<12, using: &self.random) {
        case 0 where state[folder] != nil:
            Self.remove(folder, &state)
            return [LogPath(path: folder, action: .deleted, isDirectory: true)]
        case 1...2 where folder == slug || state[slug] != nil:
            return self.copy(to: folder, revision, &state)
        case 3 where state[folder] != nil:
            Self.remove(folder, &state)
            return Self.add(folder, .replaced, revision, &state)
        default:
            var paths: [LogPath] = []
            let path = "\(slug)/\(self.factNames.randomElement(using: &self.random) ?? "1")"
            for parent in [slug, "\(slug)/tags"] where path.hasPrefix(parent + "/") && state[parent] == nil {
                paths += Self.add(parent, .added, revision, &state)
            }
            return paths + self.change(path, revision, &state)
        }
    }

    /// Puts a copy of the same folder, or of another package's, in any earlier revision into place.
    private mutating func copy(to folder: String, _ revision: Int64, _ state: inout [String: Node]) -> [LogPath] {
        var sources: [(path: String, revision: Int)] = []
        for slug in Self.slugs {
            let source = "/\(slug)" + folder.dropFirst(2)
            for revision in self.states.indices where self.states[revision][source] != nil {
                // Mostly the same one, mostly as it was lately.
                let isLate = revision + 6 > self.states.count
                if source == folder || isLate { sources += Array(repeating: (source, revision), count: isLate ? 4 : 1) }
            }
        }
        guard let (source, from) = sources.randomElement(using: &self.random) else {
            return state[folder] == nil ? Self.add(folder, .added, revision, &state) : []
        }
        let action: LogPath.Action = state[folder] == nil ? .added : .replaced
        Self.remove(folder, &state)
        for (path, node) in self.states[from] where path.hasPrefix(source + "/") {
            var node = node
            if source != folder { (node.revision, node.appeared) = (revision, nil) }
            state[folder + path.dropFirst(source.count)] = node
        }
        state[folder] = Node(revision: revision, appeared: revision, content: revision)
        let copied = LogPath.CopySource(path: source, revision: Int64(from))
        var paths = [LogPath(path: folder, action: action, isDirectory: true, copyFrom: copied)]
        let below = self.factNames.map { "/\(folder.dropFirst().prefix(1))/\($0)" }.filter {
            $0.hasPrefix(folder + "/") && state[$0] != nil
        }
        if let path = below.randomElement(using: &self.random), Bool.random(using: &self.random) {
            paths += self.change(path, revision, &state)
        }
        return paths
    }

    private mutating func change(_ path: String, _ revision: Int64, _ state: inout [String: Node]) -> [LogPath] {
        guard let known = state[path] else { return Self.add(path, .added, revision, &state) }
        switch Int.random(in: 0..<6, using: &self.random) {
        case 0:
            Self.remove(path, &state)
            return [LogPath(path: path, action: .deleted, isDirectory: true)]
        case 1:
            return Self.add(path, .replaced, revision, &state)
        default:
            state[path] = Node(revision: revision, appeared: known.appeared, content: revision)
            return Bool.random(using: &self.random)
                ? [LogPath(path: path, action: .modified, isDirectory: true)]
                : [LogPath(path: "\(path)/file.php", action: .modified, isDirectory: false)]
        }
    }

    private static func add(
        _ path: String,
        _ action: LogPath.Action,
        _ revision: Int64,
        _ state: inout [String: Node]
    ) -> [LogPath] {
        state[path] = Node(revision: revision, appeared: revision, content: revision)
        return [LogPath(path: path, action: action, isDirectory: true)]
    }

    private static func remove(_ path: String, _ state: inout [String: Node]) {
        state = state.filter { $0.key != path && !$0.key.hasPrefix(path + "/") }
    }
}
