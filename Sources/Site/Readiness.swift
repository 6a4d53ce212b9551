package import Logging
package import Store

/// Whether `serve` should be sent requests.
package struct Readiness: Sendable {
    private let store: Store
    private let maxLagSeconds: Int
    private let logger: Logger

    /// - Parameter maxLagSeconds: How long ago the last successful `discover` and `sync` may have ended; 0 is not checked.
    package init(store: Store, maxLagSeconds: Int, logger: Logger) {
        self.store = store
        self.maxLagSeconds = maxLagSeconds
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
            guard self.maxLagSeconds > 0 else { return [] }
            let state = try await self.store.pipelineState()
            return [Stage.discover, .sync].compactMap { self.lag(of: $0, state) }
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
        guard seconds > Int64(self.maxLagSeconds) else { return nil }
        return "the last successful \(stage.rawValue) ended \(seconds) s ago, more than \(self.maxLagSeconds) s; see "
            + "'\(stage.rawValue) status'"
    }
}
