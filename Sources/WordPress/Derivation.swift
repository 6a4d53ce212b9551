import Composer
package import Facts
package import Upstream

/// Derives the documents of a package from what is known about it.
package enum Derivation {
    /// Raised whenever the same facts give other bytes than before, so that every package is derived again.
    static let serializerVersion = 3

    /// The documents of one package, of its releases and of its branches: a pure function, equal input gives equal bytes.
    ///
    /// - Parameters:
    ///   - ownVersions: ``KnownPackage/ownVersions``.
    ///   - firstFetches: ``KnownPackage/firstFetches``.
    package static func documents(
        payload: Payload,
        facts: LogFacts,
        settings: DirectorySettings,
        ownVersions: [OwnVersion]? = nil,
        firstFetches: [String: Int64] = [:]
    ) -> DerivedPackage {
        let name = settings.name(ofSlug: payload.slug)
        let selection = VersionSelection(payload)
        let context = DocumentEntry.Context(
            payload: payload,
            facts: facts,
            trunkIsLive: selection.trunkIsLive,
            trunkURL: selection.trunkURL ?? "\(settings.downloadsURL)/plugin/\(payload.slug).zip",
            firstFetches: firstFetches
        )
        var main = selection.main.map { DocumentEntry($0, in: context) }
        let trunk = ownVersions.flatMap { TrunkRelease(selection, archived: $0, in: context) }
        if let trunk { main = trunk.merged(into: main) }
        var dev = selection.dev.map { DocumentEntry($0, in: context) }
        if payload.type == .plugin { dev.insert(DocumentEntry(trunkIn: context), at: 0) }

        let writer = DocumentWriter(payload, settings: settings)
        var derived = DerivedPackage(
            documents: [
                DerivedDocument(
                    path: DocumentName.main(of: name).path,
                    bytes: writer.document(main),
                    hasVersions: !main.isEmpty
                ),
                DerivedDocument(
                    path: DocumentName.dev(of: name).path,
                    bytes: writer.document(dev),
                    hasVersions: !dev.isEmpty
                ),
            ],
            latestVersion: selection.main.first { $0.stability == .stable }?.pretty,
            counts: [
                (.tagsInvalid, selection.invalidTags.count), (.tagsHeldBack, selection.heldBackTags.count),
                (.tagsColliding, selection.collidingTags.count),
            ]
        )
        for entry in trunk?.entries ?? [] { derived.ownVersions[entry.normalized] = entry.version }
        return derived
    }
}

extension Counter {
    fileprivate static let tagsInvalid = Counter(rawValue: "tags_invalid")
    fileprivate static let tagsHeldBack = Counter(rawValue: "tags_held_back")
    fileprivate static let tagsColliding = Counter(rawValue: "tags_colliding")
}
