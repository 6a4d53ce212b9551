import Composer
package import Facts
import Upstream

/// What a Composer repository gave of one package: its bytes, and how they are published.
package struct RepositoryPayload: Sendable {
    /// Two documents by name, ``main`` and ``dev``, empty where there is none; or ``all``, a document with versions of all
    /// stabilities; or ``versions``, a list of them.
    package let parts: [PayloadPart]
    package let package: RepositoryPackage
    /// What its versions require, of whatever age or stability: empty unless it was asked for.
    let requires: Set<String>

    static let main = Awaited.main
    static let dev = Awaited.dev
    static let all = "all"
    static let versions = "versions"

    /// - Parameter readsRequirements: Whether ``requires`` is wanted, for which documents are read once more.
    /// - Throws: ``UnreadableDocument``.
    init(_ parts: [PayloadPart], key: String, policies: PolicySections, readsRequirements: Bool = false) throws {
        self.parts = parts
        func bytes(_ name: String) -> [UInt8]? {
            parts.first { $0.name == name }.flatMap { $0.bytes.isEmpty ? nil : $0.bytes }
        }
        if let all = bytes(Self.all) {
            self.package = try RepositoryPackage(name: key, document: all)
        } else if let versions = bytes(Self.versions) {
            self.package = try RepositoryPackage(name: key, versions: versions)
        } else if parts.contains(where: { $0.name == Self.main }) {
            self.package = try RepositoryPackage(
                name: key,
                main: bytes(Self.main),
                dev: bytes(Self.dev),
                policies: policies
            )
            try Self.refuse(self.package.main, of: key, hasBytes: bytes(Self.main) != nil)
            try Self.refuse(self.package.dev, of: key, hasBytes: bytes(Self.dev) != nil)
        } else {
            throw UnreadableDocument(document: key, reason: "nothing of it is stored", position: 0)
        }
        self.requires = try readsRequirements ? Self.requirements(parts, key: key) : []
    }

    /// What any version requires: Composer chooses one by the constraints of all that a project has, which nobody here
    /// knows, and the newest can need less than the one that is chosen.
    private static func requirements(_ parts: [PayloadPart], key: String) throws -> Set<String> {
        let name = Array(key.utf8)
        var names: Set<String> = []
        for part in parts where !part.bytes.isEmpty {
            let scan =
                part.name == Self.versions
                ? try DocumentScan(versions: part.bytes, of: name, label: key)
                : try DocumentScan(
                    part.bytes,
                    of: name,
                    label: key,
                    keepsPolicies: false,
                    goesByNames: part.name == Self.all
                )
            names.formUnion(try RepositoryDocument.namesRequired(in: scan, of: key))
        }
        return names
    }

    /// A document that is there without anything of its package is another's, or none: what was published of it stays.
    private static func refuse(_ document: RepositoryDocument, of key: String, hasBytes: Bool) throws {
        guard hasBytes, document.content == .none else { return }
        throw UnreadableDocument(
            document: key,
            reason: "it has no version of this package that can be used",
            position: 0
        )
    }

    func derived(_ key: String) -> DerivedPackage {
        var documents: [DerivedDocument] = []
        func add(_ document: RepositoryDocument, _ name: DocumentName, _ part: String) {
            let hasVersions = document.versionCount > 0
            switch document.content {
            case .none: break
            case .rewritten(let bytes):
                documents.append(DerivedDocument(path: name.path, bytes: bytes, hasVersions: hasVersions))
            case .passThrough:
                guard let part = self.parts.first(where: { $0.name == part }) else { return }
                documents.append(
                    DerivedDocument(path: name.path, bytes: part.bytes, part: part.name, hasVersions: hasVersions)
                )
            }
        }
        add(self.package.main, .main(of: key), Self.main)
        add(self.package.dev, .dev(of: key), Self.dev)
        var derived = DerivedPackage(
            documents: documents,
            latestVersion: self.package.latestVersion,
            counts: self.package.counts
        )
        if !documents.isEmpty { derived.filters = self.package.filters }
        return derived
    }
}
