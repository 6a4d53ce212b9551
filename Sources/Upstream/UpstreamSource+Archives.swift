import Composer
package import Facts
import Wire

extension UpstreamSource {
    /// What the document of the releases says itself, which is all that there is to be said where nothing else is known of
    /// its archives.
    package func archives(
        of derived: DerivedPackage,
        named name: String,
        of package: KnownPackage,
        facts: LogFacts
    ) throws -> [UpstreamArchive] {
        try derived.archives(named: name)
    }
}

extension DerivedPackage {
    /// The archives of releases, as their document has them; in its order.
    ///
    /// - Throws: `JSONReader.Failure` where it is no document.
    package func archives(named name: String) throws -> [UpstreamArchive] {
        let path = DocumentName.main(of: name).path
        guard let document = self.documents.first(where: { $0.path == path }) else { return [] }
        return try DistScan(document.bytes, of: name).versions.compactMap { version in
            guard let normalized = version.normalized, let dist = version.dist, let type = dist.type, let url = dist.url
            else { return nil }
            var archive = UpstreamArchive(
                version: normalized,
                type: type,
                url: url,
                reference: dist.reference,
                shasum: dist.shasum
            )
            archive.ownVersion = self.ownVersions[normalized]
            return archive
        }
    }
}
