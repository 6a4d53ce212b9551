import Facts
import Store
import Upstream

extension UpdateStage {
    /// How many names a change of the settings may move to another source without a person.
    package static let freeMoves = 10

    /// Reads who owns which names, before anything is named or asked about by it.
    ///
    /// That names move because an earlier source lists more than before is what ownership is for. That they move because
    /// the settings are others may be a mistake in them.
    ///
    /// - Throws: ``GuardRefusal`` where the settings would move more than a few names; nothing was changed then.
    func settledOwnership() async throws -> Ownership {
        let settings = self.context.settings
        let ownership = try await self.context.store.ownership(of: settings.owning) { ownership in
            settings.sources.contains { source in
                ownership.isSettled(source.name)
                    && (source.requirementLimit != nil || ownership.hasOtherTerms(source.name)
                        || ownership.naming(of: source.name) != ownership.rule(of: source).id)
            }
        }
        var moved = 0
        var words: [String] = []
        for source in settings.sources where ownership.hasOtherTerms(source.name) && ownership.isSettled(source.name) {
            let moves = try await self.moves(of: source, ownership)
            moved += moves.count
            if moves.count > 0 { words.append(moves.words(of: source.name)) }
        }
        guard moved <= Self.freeMoves || self.configuration.confirmsOwners else {
            throw GuardRefusal(
                "other sources would own names than before, because PACKLINE_SOURCES, a pattern or an exclude has "
                    + "changed: \(words.joined(separator: "; ")). Nothing was changed. 'packline who NAME' says whose a "
                    + "name would be; if it is right, run update --confirm-owners once"
            )
        }
        self.context.counters.add(.namesMoved, moved)
        return ownership
    }

    private func moves(of source: some UpstreamSource, _ ownership: Ownership) async throws -> NameMoves {
        try await self.context.store.moves(
            of: source.name,
            by: ownership.rule(of: source),
            name: { source.packageName(of: $0) },
            countsGains: ownership.hadTerms(source.name)
        )
    }

    /// Says of sources that wait for earlier ones what they wait for.
    func waitingNote(_ source: SourceName, _ ownership: Ownership) -> String? {
        let awaited = ownership.awaited(by: source).map(\.rawValue)
        guard !awaited.isEmpty else { return nil }
        return
            "\(source): nothing is asked or published before \(awaited.joined(separator: " and ")) was listed as a whole "
            + "once, because names of it are not another source's: run discover"
    }
}

extension Ownership {
    /// Whether it is known which names are a source's own.
    func isSettled(_ source: SourceName) -> Bool { self.awaited(by: source).isEmpty }
}

extension NameMoves {
    fileprivate func words(of source: SourceName) -> String {
        var parts: [String] = []
        if self.lost > 0 { parts.append("lose \(self.lost.counted("published name"))") }
        if self.gained > 0 { parts.append("get \(self.gained.counted("name"))") }
        return "\(source) would \(parts.joined(separator: " and ")) (\(self.examples.joined(separator: ", "))"
            + "\(self.count > self.examples.count ? ", …" : ""))"
    }
}
