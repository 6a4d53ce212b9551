package import Logging
import Pipeline
import Resilience
import Store
import Upstream

/// Looks whether all that Packline needs is there and as it should be.
///
/// Every check has a time of its own, and none stops another. Nothing is changed but an object below `.packline/` in the
/// bucket, which is written and removed again.
package struct Doctor: Sendable {
    let reading: SettingsReading
    let environment: [String: String]
    /// For each check.
    let limit: Duration
    let logger: Logger
    let clocks = Clocks()

    var settings: Settings { self.reading.settings }

    /// - Parameters:
    ///   - overrides: Values of flags by variable name.
    ///   - limit: How long each check may take.
    package init(
        environment: [String: String],
        overrides: [String: String] = [:],
        limit: Duration = .seconds(10),
        logger: Logger
    ) {
        self.reading = SettingsReading(environment: environment, overrides: overrides)
        self.environment = environment
        self.limit = limit
        self.logger = logger
    }

    /// What the database has told; nil where it is not one that can be read.
    typealias Ready = (store: Store, settings: StageSettings)

    package func report() async -> DoctorReport {
        let database = await self.database()
        let ready = database.ready
        // What fails at its closing has said what it found.
        var findings: [Finding] = []
        do {
            try await Connections.with(self.settings, concurrency: 8, logger: self.logger) { connections in
                findings = await self.findings(connections, ready, database.findings)
            }
        } catch {
            self.logger.debug("connections were not closed as they should be", metadata: ["error": "\(error)"])
        }
        return DoctorReport(findings: findings)
    }

    private func findings(_ connections: Connections, _ ready: Ready?, _ database: [Finding]) async -> [Finding] {
        async let bucket = self.bucket(connections, ready)
        async let upstreams = self.upstreams(connections, ready)
        async let feeds = self.feeds(connections, ready)
        async let places = self.publicPlaces(connections, ready)
        let runs = await self.runs(ready)
        let asked = await bucket + upstreams + feeds
        // After all that tell a time.
        let clocks = self.clockFindings()
        return await self.settingFindings() + database + runs.versions + asked + clocks + places + self.folders()
            + runs.progress
    }

    /// What one check finds, or why it found nothing.
    ///
    /// - Parameter remedy: Where an error names none.
    func check(
        _ name: String,
        remedy: String,
        _ body: @escaping @Sendable () async throws -> [Finding]
    ) async -> [Finding] {
        do {
            return try await within(self.limit, body)
        } catch {
            return [.failed(name, error, remedy: remedy)]
        }
    }

    /// One try is enough to tell.
    static let retry = RetryPolicy(maxAttempts: 1)
}
