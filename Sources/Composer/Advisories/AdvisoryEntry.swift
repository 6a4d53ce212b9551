package import Wire

/// What an entry of somebody's `security-advisories` turned out to be.
package enum AdvisoryEntry: Equatable, Sendable {
    /// Everything is there.
    ///
    /// `mended` is the constraint as it was written, where it is published otherwise.
    case full(Advisory, mended: String?)
    /// Only what the resolver wants, as in Packagist's documents: to be published, the rest has to be asked for.
    case partial(id: String, affectedVersions: String)
    /// Its constraint is none that Composer parses, nor one that can be mended.
    case refused(id: String, constraint: String)
    /// A member that Composer needs is of the wrong type, or unreadable; `id` is nil where there is none.
    case unreadable(id: String?, reason: String)

    /// Reads one value; members that Composer does not know are passed over.
    ///
    /// Texts may be anything that PHP takes for a string. An entry is full as Composer's `PartialSecurityAdvisory::create`
    /// sees it: with `title`, `sources` and `reportedAt`, none of them null.
    ///
    /// - Throws: ``JSONReader/Failure`` where this is no JSON.
    package init(reading reader: inout JSONReader) throws {
        let kind = try reader.kind()
        guard kind == .object else {
            try reader.skipValue()
            self = .unreadable(id: nil, reason: "an entry that is no object")
            return
        }
        var members = AdvisoryMembers()
        try members.read(from: &reader)
        self = members.entry
    }
}
