import Store

/// How a stage is doing, in a word, a colour and a time.
struct StageCondition {
    let stage: Stage
    let tone: Tone
    /// Such as `running`, `succeeded` or `stale`.
    let word: String
    /// What the word is about; nil when the stage has never run.
    let atMilliseconds: Int64?
    let last: Run?

    init(_ state: PipelineState.StageState, now: Int64, staleAfterMilliseconds: Int64) {
        self.stage = state.stage
        self.last = state.last
        guard let last = state.last else {
            (self.tone, self.word, self.atMilliseconds) = (.quiet, "no run yet", nil)
            return
        }
        let endedAt = last.finishedAtMilliseconds ?? last.startedAtMilliseconds
        let succeededAt = state.lastSuccess?.finishedAtMilliseconds
        let isStale = succeededAt.map { now - $0 > staleAfterMilliseconds } ?? true
        switch last.status {
        case .running: (self.tone, self.word, self.atMilliseconds) = (.busy, "running", last.startedAtMilliseconds)
        case .failed, .abandoned: (self.tone, self.word, self.atMilliseconds) = (.bad, last.status.rawValue, endedAt)
        case _ where isStale: (self.tone, self.word, self.atMilliseconds) = (.warning, "stale", succeededAt ?? endedAt)
        default: (self.tone, self.word, self.atMilliseconds) = (last.status.tone, last.status.rawValue, endedAt)
        }
    }

    func sentence(now: Int64) -> String {
        guard let atMilliseconds else { return "\(self.stage.rawValue) has not run yet" }
        return switch self.word {
        case "running": "\(self.stage.rawValue) is running, started \(Format.relative(atMilliseconds, to: now))"
        case "stale": "\(self.stage.rawValue) is stale, last did its work \(Format.relative(atMilliseconds, to: now))"
        default: "\(self.stage.rawValue) \(self.word) \(Format.relative(atMilliseconds, to: now))"
        }
    }
}

extension RunStatus {
    var tone: Tone {
        switch self {
        case .running: .busy
        case .succeeded: .good
        case .partial: .warning
        case .failed, .abandoned: .bad
        case .interrupted, .skipped: .quiet
        }
    }

}
