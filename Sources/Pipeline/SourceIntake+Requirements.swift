import Facts
import Store
import Upstream

extension StageSettings {
    /// Which packages of a source are wanted.
    ///
    /// - Parameter naming: What they are called that are taken in for the sake of others.
    func requirements(of source: some UpstreamSource, named naming: Store.NameRule) -> RequirementRule {
        let selection = self.selection(of: source)
        return RequirementRule(
            limit: source.requirementLimit,
            naming: naming
        ) { selection?.contains($0) ?? true }
    }
}

extension SourceIntake {
    /// Changed packages that are selected, and those that others require.
    func tracked(_ records: [PackageRecord]) async throws -> [PackageRecord] {
        guard self.source.requirementLimit != nil else { return records.filter { self.isTracked($0.key) } }
        let others = records.lazy.map(\.key).filter { !self.isTracked($0) }
        let known = try await self.context.store.knownKeys(of: self.name, among: Array(others))
        return records.filter { self.isTracked($0.key) || known.contains($0.key) }
    }

    /// Looks for what is needed no longer, where packages are taken in for the sake of others, or once were.
    ///
    /// - Throws: ``GuardRefusal`` where more is required than the limit allows.
    func settleRequirements() async throws {
        let store = self.context.store
        if self.source.requirementLimit == nil, try await !store.hasRequirements(self.name) { return }
        let tally = try await store.settleRequirements(
            of: self.name,
            self.context.settings.requirements(of: self.source, named: self.nameRule),
            run: self.run,
            leaseMilliseconds: self.context.settings.leaseMilliseconds
        )
        self.context.counters.add(.packagesRequired, tally.added)
        self.context.counters.add(.packagesRefused, tally.refused)
        if tally.added > 0 {
            self.note(
                "\(tally.added.counted("package is", "packages are")) taken in because others require \(tally.added == 1 ? "it" : "them")"
            )
        }
        if tally.unneeded > 0 {
            self.note(
                "\(tally.unneeded.counted("package is", "packages are")) needed no longer, and \(tally.unneeded == 1 ? "goes" : "go") in 7 days"
            )
        }
        if tally.leaving > 0 {
            self.note(
                "\(tally.leaving.counted("package was", "packages were")) not needed for 7 days, and \(tally.leaving == 1 ? "goes" : "go")"
            )
        }
        guard tally.refused > 0, let limit = self.source.requirementLimit else { return }
        throw GuardRefusal(beyond: limit, of: self.name, refused: tally.refused)
    }
}

extension GuardRefusal {
    /// More packages are required than may be taken in.
    init(beyond limit: Int, of source: SourceName, refused: Int) {
        self.init(
            "\(limit.counted("package")) of \(source) \(limit == 1 ? "is" : "are") fetched because others require \(limit == 1 ? "it" : "them"), which is its require-limit; "
                + "\(refused.grouped) more that \(refused == 1 ? "is required was" : "are required were") left out. Look at what 'only' selects, or raise "
                + "require-limit"
        )
    }
}
