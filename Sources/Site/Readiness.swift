package import Logging
package import Store

/// Whether `serve` should be sent requests.
package struct Readiness: Sendable {
    private let store: Store
    private let settings: PageSettings
    private let logger: Logger

    package init(store: Store, settings: PageSettings, logger: Logger) {
        self.store = store
        self.settings = settings
        self.logger = logger
    }

    /// What is in the way, in words for the operator; empty when nothing is.
    ///
    /// An error of the database is told in general words only: this answer is public.
    package func problems() async -> [String] {
        do {
            if let (found, known) = try await self.store.schemaMismatch() {
                return ["the database has schema \(found), this build knows \(known); run the same build everywhere"]
            }
            guard self.settings.readyMaxLagSeconds > 0 else { return [] }
            let state = try await self.store.pipelineState()
            return self.settings.stages.filter { $0 != .update }.compactMap { self.lag(of: $0, state) }
        } catch {
            self.logger.error("not ready", metadata: ["error": "\(error)"])
            return ["the database does not answer; the log of serve says why"]
        }
    }

    private func lag(of stage: Stage, _ state: PipelineState) -> String? {
        guard let finished = state.stage(stage)?.lastSuccess?.finishedAtMilliseconds else {
            return "\(stage.rawValue) has never succeeded; run \(stage.rawValue)"
        }
        let seconds = (state.nowMilliseconds - finished) / 1_000
        let most = self.settings.readyMaxLagSeconds
        guard seconds > Int64(most) else { return nil }
        return "the last successful \(stage.rawValue) ended \(seconds) s ago, more than \(most) s; see "
            + "'\(stage.rawValue) status'"
    }
}
