package import Facts
import FoundationEssentials
package import Store
package import Upstream

/// What upstreams were found to offer, as the database keeps it.
extension Store {
    /// Keeps it where it has changed; nil changes nothing.
    func keep(_ offer: SourceOffer?, of source: SourceName) async throws {
        guard let offer else { return }
        let encoder = JSONEncoder()
        // Equal offers are equal texts.
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let details = String(decoding: try encoder.encode(offer), as: UTF8.self)
        try await self.note(offer: offer.words, details: details, of: source)
    }

    /// Those that are known; what another version has written, and can't be read here, is not.
    ///
    /// Nothing of advisories where ``withholdsAdvisories(_:)``.
    package func offers(to settings: StageSettings) async throws -> [SourceName: SourceOffer] {
        var offers = try await self.knownOffers()
        if let source = settings.onlySource?.name, try await self.withholdsAdvisories(offers, of: source) {
            offers[source]?.policies = nil
        }
        return offers
    }

    /// Whether advisories of the only source, which offers them, are left out while packages of other sources are published
    /// beside: one that was taken out of the settings leaves its documents, and an audit would tell their names to who is
    /// named for all.
    package func withholdsAdvisories(_ settings: StageSettings) async throws -> Bool {
        guard let source = settings.onlySource?.name else { return false }
        return try await self.withholdsAdvisories(self.knownOffers(), of: source)
    }

    private func withholdsAdvisories(
        _ offers: [SourceName: SourceOffer],
        of source: SourceName
    ) async throws -> Bool {
        guard offers[source]?.policies != nil else { return false }
        return try await self.isAnythingPublished(besides: source)
    }

    private func knownOffers() async throws -> [SourceName: SourceOffer] {
        try await self.offerDetails().compactMapValues { details in
            try? JSONDecoder().decode(SourceOffer.self, from: Data(details.utf8))
        }
    }
}

extension StageSettings {
    /// The sources as documents of theirs are derived: one that is alone may publish more than one among others.
    package func sources(offering offers: [SourceName: SourceOffer]) -> [any UpstreamSource] {
        guard let source = self.onlySource else { return self.sources }
        return [source.asOnlySource(offering: offers[source.name])]
    }

    /// The source that has no other beside it.
    var onlySource: (any UpstreamSource)? { self.sources.count == 1 ? self.sources.first : nil }
}
