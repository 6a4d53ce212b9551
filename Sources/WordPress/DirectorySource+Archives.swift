package import Facts
package import Upstream

extension DirectorySource {
    package var archiveAccess: ArchiveAccess { ArchiveAccess(url: self.settings.downloadsURL) }

    /// The archives of tags, and of trunk where that is a version.
    ///
    /// Upstream builds them anew after each commit, some time later, under the same address, and nothing in them
    /// names a revision (WordPress.org's `zip/class-builder.php`). So the bytes are those of a commit only if they were
    /// written after it, and no other has followed.
    package func archives(
        of derived: DerivedPackage,
        named name: String,
        of package: KnownPackage,
        facts: LogFacts
    ) throws -> [UpstreamArchive] {
        try derived.archives(named: name).map { archive in
            var archive = archive
            // What follows the question mark is ours; this keeps our fetches out of upstream's counts of downloads.
            archive.url = archive.url.prefix { $0 != "?" } + "?nostats=1"
            archive.needsConfirmation = true
            archive.newerThanMilliseconds = archive.reference.flatMap { self.commitMilliseconds(of: $0, facts) }
            return archive
        }
    }

    /// When the commit was made that a reference names, such as `tags/1.2@99`; nil where that is not known.
    private func commitMilliseconds(of reference: String, _ facts: LogFacts) -> Int64? {
        guard let at = reference.lastIndex(of: "@"), let revision = Int64(reference[reference.index(after: at)...])
        else { return nil }
        // What the log does not name by itself was changed with its folder.
        let fact = facts[String(reference[..<at])] ?? facts[self.type == .plugin ? "tags/" : ""]
        return fact.flatMap { $0.revision == revision ? $0.changedAtMilliseconds : nil }
    }
}
