import Composer
package import Facts
package import Upstream

/// One of the two directories of WordPress.org as a source.
package struct DirectorySource: UpstreamSource {
    package var settings: DirectorySettings
    package var schedule = LookSchedule()

    package init(_ settings: DirectorySettings) { self.settings = settings }

    package var type: PackageType { self.settings.type }

    package var name: SourceName {
        self.type == .plugin ? WordPressDirectories.plugins : WordPressDirectories.themes
    }
    package var shortName: String { self.type == .plugin ? "plugin" : "theme" }
    package var packageType: String { self.type.rawValue }
    package var patterns: [String] { ["\(self.settings.vendor)/*"] }
    package var naming: String { self.settings.vendor }
    package var fingerprint: String { self.settings.fingerprint }
    package var log: (any UpstreamLog)? { RevisionNumber.Log() }
    package var asksAboutMany: Bool { true }

    package func isKey(_ key: String) -> Bool { PackageName.isAskable(slug: key) }

    package func packageName(of key: String) -> String? {
        let name = self.settings.name(ofSlug: key)
        return PackageName.isAskable(slug: key) && PackageName.isValid(name) ? name : nil
    }

    package func page(of key: String) -> String? { "https://wordpress.org/\(self.shortName)s/\(key)/" }
    package func repository(of key: String) -> String? { "\(self.settings.subversionURL)/\(key)/" }

    package func asker(_ client: UpstreamClient) -> DirectoryAsker { DirectoryAsker(self.settings, client) }

    // MARK: Payloads

    private static let partName = PayloadPart.whole

    package func parts(of payload: Payload) -> [PayloadPart] {
        [PayloadPart(name: Self.partName, bytes: payload.canonicalJSON())]
    }

    package func payload(of parts: [PayloadPart], key: String) throws -> Payload {
        guard let part = parts.first else { throw PayloadError(description: "a stored payload has no part") }
        return try Payload(canonicalJSON: part.bytes)
    }

    package func traits(of payload: Payload) -> PackageTraits {
        PackageTraits(
            title: payload.plainTitle,
            lastUpdatedMilliseconds: payload.lastUpdatedSeconds.map { $0 * 1_000 },
            version: payload.version
        )
    }

    // MARK: Judging and deriving

    package func look(at package: KnownPackage, _ answer: PackageAnswer<Payload>, nowMilliseconds: Int64) -> Look {
        let schedule = self.schedule
        let (lag, period): (Int64?, Duration) =
            switch answer {
            case .active(let payload, _):
                (schedule.lag(of: package, behind: payload, nowMilliseconds: nowMilliseconds), schedule.activePeriod)
            case .closed(let closure):
                (nil, closure.isPermanent ? schedule.permanentlyClosedPeriod : schedule.activePeriod)
            case .notFound:
                (
                    schedule.lagOfUnknown(package, type: self.type, nowMilliseconds: nowMilliseconds),
                    schedule.period(ofUnknown: package)
                )
            case .unchanged, .partsChanged: (nil, schedule.activePeriod)
            }
        return Look(
            isBehind: lag != nil,
            nextMilliseconds: lag
                ?? Look.place(of: package.key, inEach: period, nowMilliseconds: nowMilliseconds)
        )
    }

    package func facts(of package: KnownPackage, _ payload: Payload, isBehind: Bool) -> LogFacts {
        package.facts(in: payload, isBehind: isBehind)
    }

    package func derive(_ payload: Payload, of package: KnownPackage, facts: LogFacts) -> DerivedPackage {
        Derivation.documents(
            payload: payload,
            facts: facts,
            settings: self.settings,
            ownVersions: package.ownVersions,
            firstFetches: package.firstFetches
        )
    }
}
