import Composer
package import Facts

/// Derives the documents of a package from what is known about it.
package enum Derivation {
    /// Raised whenever the same facts give other bytes than before, so that every package is derived again.
    static let serializerVersion = 2

    /// The documents of one package: a pure function, equal input gives equal bytes.
    ///
    /// - Parameter closure: non-nil when the package is closed and the policy keeps it.
    package static func documents(
        payload: Payload,
        facts: LogFacts,
        closure: Closure?,
        settings: DerivationSettings
    ) -> DerivedPackage {
        let name = settings.name(type: payload.type, slug: payload.slug)
        let selection = VersionSelection(payload)
        let context = DocumentEntry.Context(
            payload: payload,
            facts: facts,
            trunkIsLive: selection.trunkIsLive,
            trunkURL: selection.trunkURL ?? "\(settings.downloadsURL)/plugin/\(payload.slug).zip"
        )
        let main = selection.main.map { DocumentEntry($0, in: context) }
        var dev = selection.dev.map { DocumentEntry($0, in: context) }
        if payload.type == .plugin { dev.insert(DocumentEntry(trunkIn: context), at: 0) }

        let writer = DocumentWriter(
            payload,
            settings: settings,
            isAbandoned: closure != nil && settings.closedPolicy == .abandon
        )
        return DerivedPackage(
            main: DerivedDocument(
                path: DocumentName.main(of: name).path,
                bytes: writer.document(main),
                hasVersions: !main.isEmpty
            ),
            dev: DerivedDocument(
                path: DocumentName.dev(of: name).path,
                bytes: writer.document(dev),
                hasVersions: !dev.isEmpty
            ),
            latestVersion: selection.main.first { $0.stability == .stable }?.pretty,
            versionCount: main.count + dev.count,
            invalidTags: selection.invalidTags,
            heldBackTags: selection.heldBackTags,
            collidingTags: selection.collidingTags
        )
    }
}
