import Facts
import ObjectStorage
import Pipeline
import Store
import Upstream

extension Doctor {
    private static let day: Int64 = 86_400_000
    private static let remedy = "look at the database: packline status"

    /// What the database tells of the stages: which versions they have, and whether they ever came to an end.
    func runs(_ ready: Ready?) async -> (versions: [Finding], progress: [Finding]) {
        guard let ready else {
            let reason = "there is no database that can be read"
            return ([.skipped("versions", because: reason)], [.skipped("runs", because: reason)])
        }
        let versions = await self.check("versions", remedy: Self.remedy) {
            let found = try await ready.store.participations(withinMilliseconds: Self.day)
            return Self.versionFindings(found) + (try await self.derivations(ready))
        }
        return (versions, await self.check("runs", remedy: Self.remedy) { try await self.progress(ready) })
    }

    /// - Parameter found: Of each stage in the order of their first runs.
    static func versionFindings(_ found: [Store.Participation], here: String = PacklineVersion.current) -> [Finding] {
        let remedy = "give all processes the same version"
        for stage in Stage.allCases {
            let own = found.filter { $0.stage == stage }
            // One version that goes on after another has begun: they run by turns.
            for (index, later) in own.enumerated() {
                guard let earlier = own[..<index].first(where: { $0.last > later.first }) else { continue }
                return [
                    Finding(
                        "versions",
                        .warning,
                        "\(stage.rawValue) runs as \(earlier.version) and as \(later.version) by turns",
                        remedy: remedy + "; after a roll back this passes within a day"
                    )
                ]
            }
        }
        let latest = Stage.allCases.compactMap { stage in
            found.filter { $0.stage == stage }.max { $0.last < $1.last }
        }
        if latest.isEmpty { return [.ok("versions", "this is \(here); no stage has run within a day")] }
        if latest.allSatisfy({ $0.version == here }) { return [.ok("versions", "all stages that run are \(here)")] }
        let texts = latest.map { "\($0.stage.rawValue) ran as \($0.version)" }
        return [
            Finding("versions", .warning, "\(texts.joined(separator: ", ")), and this is \(here)", remedy: remedy)
        ]
    }

    /// Stages with other settings derive documents by turns, one against the other.
    private func derivations(_ ready: Ready) async throws -> [Finding] {
        if self.reading.wrongParts.contains(.upstreams) { return [] }
        var findings: [Finding] = []
        if try await ready.store.withholdsAdvisories(ready.settings) {
            findings.append(
                Finding(
                    "derivation",
                    .warning,
                    SyncStage.withheldAdvisories,
                    remedy: "publish others by PACKLINE_ADVISORY_FEEDS, or begin with a new database and bucket"
                )
            )
        }
        var others: [String] = []
        for source in ready.settings.sources(offering: try await ready.store.offers(to: ready.settings)) {
            let fingerprint = ready.settings.fingerprint(of: source)
            if try await ready.store.isDerivedOtherwise(source.name, thanBy: fingerprint) {
                others.append(source.name.rawValue)
            }
        }
        if others.isEmpty { return findings }
        return findings + [
            Finding(
                "derivation",
                .warning,
                "the documents of \(others.joined(separator: ", ")) were derived under other settings than these, or by another "
                    + "version",
                remedy: "if these are right, the next update derives them anew; give all processes the same settings"
            )
        ]
    }

    /// What never came to an end, or does not any more.
    private func progress(_ ready: Ready) async throws -> [Finding] {
        let state = try await ready.store.pipelineState()
        let hasBucket = ready.settings.bucket != .nowhere
        let stages = state.stages.filter { hasBucket || $0.stage != .sync }
        if stages.allSatisfy({ $0.last == nil }) {
            return [Finding("runs", .warning, "nothing has run yet", remedy: "packline run")]
        }
        var findings = stages.filter { $0.lastSuccess == nil }.map { stage in
            let error = stage.lastFinished?.error.map { ": \($0)" } ?? ""
            return Finding(
                "runs",
                .warning,
                "\(stage.stage.rawValue) has never succeeded\(error)",
                remedy: stage.last == nil
                    ? "packline \(stage.stage.rawValue)" : "do what it says; packline status shows its runs"
            )
        }
        for source in ready.settings.sources {
            let known = state.sources.first { $0.name == source.name.rawValue }
            if let since = known?.failingSinceMilliseconds {
                findings.append(
                    Finding(
                        "runs",
                        .warning,
                        "\(source.name) was not taken in without trouble since \(StatusText.time(since))",
                        remedy: "packline discover, whose log says why"
                    )
                )
            } else if known?.cursor == nil {
                findings.append(
                    Finding(
                        "runs",
                        .warning,
                        "\(source.name) was never taken in",
                        remedy: "packline discover, whose log says why"
                    )
                )
            }
        }
        for feed in ready.settings.advisories.feeds {
            let known = state.advisoryFeeds.first { $0.name == feed.name.rawValue }
            guard known?.readAtMilliseconds == nil else { continue }
            let error = known?.lastError.map { ": \($0)" } ?? ""
            findings.append(
                Finding(
                    "runs",
                    .warning,
                    "the feed \(feed.name) was never read\(error)",
                    remedy: "packline discover, whose log says why"
                )
            )
        }
        if findings.isEmpty { findings.append(.ok("runs", "all stages, sources and feeds have succeeded")) }
        return findings + (try await self.strangers(ready, state))
    }

    /// What the curated set names and no source has, once all of them were listed.
    private func strangers(_ ready: Ready, _ state: PipelineState) async throws -> [Finding] {
        guard let only = ready.settings.only else { return [] }
        let listed = state.sources.filter { $0.reconciledAtMilliseconds != nil }.map(\.name)
        let sources = ready.settings.sources.map(\.name).filter(only.sources.contains)
        guard !sources.isEmpty, sources.allSatisfy({ listed.contains($0.rawValue) }) else { return [] }
        let names = try await only.unknown(of: sources, in: ready.store)
        if names.isEmpty { return [] }
        let some = names.prefix(5).joined(separator: ", ") + (names.count > 5 ? ", …" : "")
        return [
            Finding(
                "only",
                .warning,
                "PACKLINE_ONLY names \(names.count.counted("package")) that upstream does not have: \(some)",
                remedy:
                    "if it was named just now, packline discover; else correct it: the path of a file has a / in it, as ./NAME"
            )
        ]
    }
}
