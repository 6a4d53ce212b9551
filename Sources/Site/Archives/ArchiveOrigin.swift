package import Store

/// What has to be known of upstreams, and done there, to have archives that somebody asks for.
package protocol ArchiveOrigin: Sendable {
    /// The archives that a document of a package names; wanted are those that may be fetched because somebody asks for them.
    func archives(in document: [UInt8], of package: ArchivedPackage) throws -> [ListedArchive]

    /// Fetches an archive, checks it, puts it into the bucket and writes back what became of it.
    ///
    /// - Throws: Where nothing could be written back.
    func fetch(_ claim: ClaimedArchive) async throws
}
