import Composer
import Facts
package import Store
import Upstream

extension StageSettings {
    /// The archives that a document of a package names, with what its kind knows of them; wanted are those that may be
    /// fetched because somebody asks for them.
    ///
    /// - Throws: Where it is no document.
    package func askedArchives(in document: [UInt8], of package: ArchivedPackage) throws -> [ListedArchive] {
        guard let source = self.sources.first(where: { $0.name == package.source }) else { return [] }
        let listed = try source.archives(in: document, of: package)
        if let policy = self.archives.lazy[package.source] {
            return policy.selection(of: listed, package: package.name)
        }
        // They may be there all the same, and then one has to know which is meant.
        return listed.map { ListedArchive($0, isWanted: false) }
    }
}

extension UpstreamSource {
    /// Of either document of a package: branches have archives too.
    fileprivate func archives(in document: [UInt8], of package: ArchivedPackage) throws -> [UpstreamArchive] {
        let document = DerivedDocument(path: DocumentName.main(of: package.name).path, bytes: document)
        return try self.archives(
            of: DerivedPackage(documents: [document], latestVersion: nil),
            named: package.name,
            of: KnownPackage(key: package.key, state: .active, facts: package.facts),
            facts: package.facts
        )
    }
}
