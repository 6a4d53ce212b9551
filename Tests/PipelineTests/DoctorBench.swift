import Command
import Foundation
import Pipeline
import Sandbox
import Store
import TestSupport

/// A healthy repository, which `packline doctor` looks at under an environment that a test spoils.
struct DoctorBench {
    let pipeline: Pipeline
    /// In which everything is as it should be.
    let environment: [String: String]

    /// - Parameters:
    ///   - change: Of the environment, before the repository is filled.
    ///   - isFilled: Whether the stages have run.
    static func with(
        _ database: TestDatabase,
        sandbox settings: SandboxSettings = SandboxSettings(),
        isFilled: Bool = true,
        _ change: [String: String] = [:],
        _ body: (DoctorBench) async throws -> Void
    ) async throws {
        let sandbox = Sandbox(world: try .builtIn, settings: settings, logger: Pipeline.logger)
        try await sandbox.withRunningServer { address in
            try await database.withEmpty { url in
                let store = try await Store.open(url: url, logger: Pipeline.logger)
                try await RunningSite.with(store) { port in
                    var environment = Dictionary(
                        uniqueKeysWithValues: address.environment(bucket: Pipeline.bucket).map { ($0.name, $0.value) }
                    )
                    environment["PACKLINE_DATABASE_URL"] = url
                    environment["PACKLINE_PUBLIC_URL"] = "http://127.0.0.1:\(port)"
                    environment["PACKLINE_LEASE_SECONDS"] = "86400"
                    environment.merge(change) { $1 }
                    var settings = try Settings(environment: environment)
                    settings.stages = try await settings.stages.settled(in: store)
                    let pipeline = Pipeline(sandbox: sandbox, store: store, settings: settings)
                    let bench = DoctorBench(pipeline: pipeline, environment: environment)
                    if isFilled {
                        try await bench.pipeline.round()
                        try await bench.execute("UPDATE pipeline_runs SET version = '\(PacklineVersion.current)'")
                    }
                    try await body(bench)
                }
            }
        }
    }

    func execute(_ statement: String) async throws {
        _ = try await self.pipeline.store.engine.write { try $0.execute(SQLStatement(unsafe: statement)) }
    }

    /// What doctor finds; nothing but its probe may change by it.
    ///
    /// - Parameter spoilt: Variables in the place of the healthy ones.
    func report(_ spoilt: [String: String] = [:], limit: Duration = .seconds(300)) async -> DoctorReport {
        await Doctor(
            environment: self.environment.merging(spoilt) { $1 },
            limit: limit,
            logger: Pipeline.logger
        ).report()
    }
}

extension DoctorReport {
    /// What is not well.
    var troubles: [Finding] { self.findings.filter { $0.status != .ok } }

    subscript(check: String) -> Finding? {
        self.findings.filter { $0.check == check }.max { Self.rank($0) < Self.rank($1) }
    }

    private static func rank(_ finding: Finding) -> Int {
        switch finding.status {
        case .ok: 0
        case .skipped: 1
        case .warning: 2
        case .failed: 3
        }
    }
}
