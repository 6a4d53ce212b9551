import Command
import Composer
import Facts
import TestSupport
import Testing
import Upstream

@testable import Pipeline
@testable import Store

/// Readers of answers of the kind that is nowhere but here, and what they are given.
struct AnswerReading {
    typealias Answer = PackageAnswer<FakeSource.Payload>

    let payload = FakeSource.Payload(title: "Kit", versions: ["2.0", "1.0"])
    var answer: Answer { .active(self.payload, PackageFacts(activeInstalls: 700)) }

    func with(
        _ policy: ClosedPolicy = .remove,
        isForced: Bool = false,
        _ body: (AnswerReader<FakeSource>) throws -> Void
    ) async throws {
        let source = FakeSource(upstream: FakeUpstream())
        var settings = try Settings(environment: [:])
        settings.stages.sources = [source]
        settings.stages.publication.closedPolicy = policy
        var options = StageOptions()
        options.isForced = isForced
        try await TestDatabase.sqlite.with { [settings, options] stores in
            let context = StageContext(
                store: stores[0],
                settings: settings.stages,
                options: options,
                run: 1,
                progress: Progress(stage: "update", total: nil, style: .lines, logger: Pipeline.logger),
                logger: Pipeline.logger
            )
            try await Connections.with(settings, concurrency: 1, logger: Pipeline.logger) { connections in
                let client = connections.upstream(requestsPerSecond: 0, concurrency: 1)
                try body(
                    AnswerReader(
                        stage: UpdateStage(context: context, client: client),
                        source: source,
                        fingerprint: settings.stages.fingerprint(of: source),
                        format: 9,
                        nowMilliseconds: 0
                    )
                )
            }
        }
    }

    /// A claim of the package as it was written back after `before`, the last result that had a payload.
    func claim(_ state: PackageState, after before: PackageResult? = nil, doubts: Int = 0) -> ClaimedPackage {
        let parts = before?.payload?.parts.map {
            ($0.name, KnownPart(hash: $0.content.hash, validators: $0.validators))
        }
        return ClaimedPackage(
            id: 1,
            source: "fake",
            key: "kit",
            name: "fake/kit",
            state: state,
            changedRevision: 1,
            settledRevision: 0,
            payloadHash: before?.payload?.hash,
            derivedKey: before?.derivedKey,
            looks: 0,
            doubts: doubts,
            attempts: 0,
            isSuspect: false,
            isConfirmed: false,
            claimNumber: 1,
            format: 8,
            facts: [:],
            importedFacts: [:],
            importedRemovals: [],
            removedPaths: [:],
            parts: Dictionary(uniqueKeysWithValues: parts ?? [])
        )
    }

    func first(_ reader: AnswerReader<FakeSource>) throws -> PackageResult {
        try reader.result(of: self.answer, for: self.claim(.new), stored: nil)
    }

    /// The texts of documents by path; nil for those that should not exist.
    func texts(_ result: PackageResult) throws -> [String: String?] {
        let pairs = try result.documents.map { path, content in
            (path, try content.map { String(decoding: try $0.content(), as: UTF8.self) })
        }
        return Dictionary(uniqueKeysWithValues: pairs)
    }

    func stored(_ result: PackageResult) throws -> StoredPayload { try #require(result.payload) }
}
