/// What the pipeline is doing now, from questions that indexes answer.
package struct PipelineState: Sendable, Codable, Equatable {
    package struct SourceState: Sendable, Codable, Equatable {
        package var name: String
        /// The last revision that was taken in whole; nil before the first run.
        package var cursor: Int64?
        /// When that revision was made, where the log said so.
        package var cursorAtMilliseconds: Int64?
        package var reconciledAtMilliseconds: Int64?
        /// Since when upstream says that its youngest revision is below the cursor; nil when it does not.
        package var behindSinceMilliseconds: Int64?
        /// Since when no run has taken it in without trouble; nil when the last one did.
        package var failingSinceMilliseconds: Int64?
        /// The run that is at work on it.
        package var leasedBy: Int64?
        package var due: Int
        /// Withdrawals that wait for a person.
        package var held: Int
    }

    package struct StageState: Sendable, Codable, Equatable {
        package var stage: Stage
        /// The latest run, whatever became of it.
        package var last: Run?
        /// The latest run that has ended.
        package var lastFinished: Run?
        /// The latest run that did its work: it succeeded, or all but some packages did.
        package var lastSuccess: Run?
    }

    package var nowMilliseconds: Int64
    /// When the database was made.
    package var createdAtMilliseconds: Int64
    package var sources: [SourceState]
    package var stages: [StageState]
    package var packagesFailing: Int
    package var documentsDirty: Int
    package var documentsToDelete: Int
    package var documentsFailing: Int
    /// Rows that somebody is at work on.
    package var leases: Int
    /// The last position that the change feed gave; 0 before the first.
    package var feedPosition: Int64

    /// - Returns: nil for a stage that the database has never seen.
    package func stage(_ stage: Stage) -> StageState? { self.stages.first { $0.stage == stage } }
}

/// What only a look at every row tells; worth keeping for a minute.
package struct Census: Sendable, Codable, Equatable {
    package struct Packages: Sendable, Codable, Equatable {
        package var source: String
        package var state: String
        package var count: Int
    }

    package struct Runs: Sendable, Codable, Equatable {
        package var stage: Stage
        package var status: RunStatus
        package var count: Int
    }

    package var packages: [Packages]
    package var documentsLive: Int
    /// Since when the document has been waiting that has waited longest; nil when none is dirty.
    package var oldestDirtyMilliseconds: Int64?
    package var runs: [Runs]
    package var databaseBytes: Int64
}

/// What the runs of one hour came to.
package struct Activity: Sendable, Codable, Equatable {
    /// Hours since 1970.
    package var hour: Int64
    package var runs: Int
    /// Those that failed or lost their worker.
    package var runsFailed: Int
    package var documentsChanged: Int
    package var objectsPublished: Int
}
