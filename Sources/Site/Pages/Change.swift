import Composer
import Facts
import Store

/// What one run published of one package: of its releases, its branches, or both.
struct Change {
    /// Newest first.
    private(set) var documents: [ObjectState]
    /// The package as it is now; nil of what is none.
    private(set) var summary: PackageSummary?

    private init(_ document: ObjectState) { self.documents = [document] }

    /// Documents as changes, in the order of the newest of each.
    ///
    /// - Parameters:
    ///   - documents: The newest first.
    ///   - packages: By name.
    static func joined(_ documents: [ObjectState], packages: [String: PackageSummary]) -> [Change] {
        struct Key: Hashable {
            var package: String
            var isGone: Bool
            var run: RunID?
        }
        var changes: [Change] = []
        var places: [Key: Int] = [:]
        for document in documents {
            guard let package = DocumentName(path: document.path)?.package else {
                changes.append(Change(document))
                continue
            }
            let key = Key(package: package, isGone: document.live == .nothing, run: document.syncedBy?.run)
            if let place = places[key] {
                changes[place].documents.append(document)
            } else {
                places[key] = changes.count
                changes.append(Change(document))
                changes[changes.count - 1].summary = packages[package]
            }
        }
        return changes
    }

    static func packages(_ documents: [ObjectState]) -> [String] {
        Array(Set(documents.compactMap { DocumentName(path: $0.path)?.package }))
    }

    /// The one that others are told of: of the releases, where these changed.
    var first: ObjectState {
        self.documents.first { DocumentName(path: $0.path)?.isDev == false } ?? self.documents[0]
    }

    var package: String? { DocumentName(path: self.first.path)?.package }
    var title: String { self.package ?? self.first.path }
    var isGone: Bool { self.first.live == .nothing }

    private var isOfReleases: Bool { self.documents.contains { DocumentName(path: $0.path)?.isDev == false } }

    /// What changed of the package: its version, its branches or both.
    var what: String? {
        guard self.package != nil else { return nil }
        let isOfBranches = self.documents.contains { DocumentName(path: $0.path)?.isDev == true }
        if self.summary?.state == .closed { return "closed" }
        let version = self.isGone ? nil : self.summary?.latestVersion
        let release = self.isOfReleases ? version ?? "releases" : nil
        return [release, isOfBranches ? "branches" : nil].compactMap { $0 }.joined(separator: ", ")
    }
}
