import Composer
import Store
import Upstream

/// What is known of a package's vulnerable versions, and what becomes of its documents because of it: a pure step.
struct AdvisoryPublication {
    let mode: AdvisorySettings.Mode
    /// The Composer name of the package.
    let name: String
    /// In the order of the feeds.
    let advisories: [KnownAdvisory]

    /// Names all that the step reads beside the settings: equal texts mean equal documents.
    static func key(_ claim: ClaimedPackage) -> String {
        claim.advisories.map { "advisory \($0.feed) \($0.id) \($0.hash.hexadecimal)\n" }.joined()
    }

    private var section: AdvisoryDocument.Section {
        let advisories = self.advisories.eachOnce
        return AdvisoryDocument.Section(entries: advisories.map(\.body), notices: advisories.notices)
    }

    /// Puts advisories into the documents of a package, or beside them, or takes those out that upstream has put there.
    ///
    /// - Throws: `JSONReader.Failure` where a document is none.
    func publish(in documents: inout [DerivedDocument]) throws {
        guard self.mode != .upstream else { return }
        let section = self.section
        // Branches have none: Composer asks the main document for those of all versions.
        let paths = [DocumentName.main(of: self.name).path, DocumentName.dev(of: self.name).path]
        for index in documents.indices where paths.contains(documents[index].path) {
            let isMain = documents[index].path == paths[0]
            let bytes = try AdvisoryDocument.replacing(
                in: documents[index].bytes,
                with: self.mode == .inline && isMain ? section : nil
            )
            guard bytes != documents[index].bytes else { continue }
            (documents[index].bytes, documents[index].part) = (bytes, nil)
        }
        if let document = self.document { documents.append(document) }
    }

    /// The package's document in the repository of advisories; nil where there is none.
    var document: DerivedDocument? {
        let section = self.section
        guard self.mode == .separate, !section.entries.isEmpty else { return nil }
        return DerivedDocument(path: AdvisoryDocument.path(of: self.name), bytes: AdvisoryDocument.json(section))
    }
}
