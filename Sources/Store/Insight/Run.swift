package import Facts

/// The stages that leave a row in `pipeline_runs`.
package enum Stage: String, Sendable, CaseIterable, Codable {
    case discover, update, sync
}

package enum RunStatus: String, Sendable, CaseIterable, Codable {
    case running, succeeded, partial, failed, interrupted, abandoned, skipped
}

/// One execution of a stage.
package struct Run: Sendable, Codable, Equatable {
    package var id: RunID
    package var stage: Stage
    package var status: RunStatus
    package var worker: String
    package var version: String
    package var startedAtMilliseconds: Int64
    package var finishedAtMilliseconds: Int64?
    /// The runs whose output it took.
    package var consumed: [RunID]
    package var counters: [Counter: Int]
    package var error: String?
}
