package import Facts

/// What the pipeline is doing now, from questions that indexes answer.
package struct PipelineState: Sendable, Equatable {
    package struct SourceState: Sendable, Equatable {
        package var name: String
        /// What upstream was found to offer, in words; nil where that is the same for all of its kind, or not known yet.
        package var offer: String?
        /// Up to where it was taken in whole; nil before the first run.
        package var cursor: Position?
        /// When the last run began that took it in without trouble; nil before the first.
        package var checkedAtMilliseconds: Int64?
        /// When what stands there was made, where upstream said so.
        package var cursorAtMilliseconds: Int64?
        package var reconciledAtMilliseconds: Int64?
        /// Since when upstream says that it is not yet where the cursor is; nil when it does not.
        package var behindSinceMilliseconds: Int64?
        /// Since when no run has taken it in without trouble; nil when the last one did.
        package var failingSinceMilliseconds: Int64?
        /// The run that is at work on it.
        package var leasedBy: RunID?
        package var due: Int
        /// Packages whose answers are older than what upstream said of them, which are asked about again for a day: behind
        /// a CDN files lag.
        package var behind: Int
        /// Packages that upstream has said to be gone, which is not believed yet.
        package var doubted: Int
        /// Withdrawals that wait for a person.
        package var held: Int
        /// Packages that are there only because others require them.
        package var required: Int
        /// Packages that nothing needs any more, which go after a while or are gone.
        package var unneeded: Int
    }

    package struct StageState: Sendable, Equatable {
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
    package var failingPackages: Int
    package var dirtyDocuments: Int
    package var documentsToDelete: Int
    package var failingDocuments: Int
    /// Rows that somebody is at work on.
    package var leases: Int
    /// The last position that the change feed gave; 0 before the first.
    package var feedPosition: Int64
    /// Feeds of advisories that were ever asked.
    package var advisoryFeeds: [AdvisoryFeed] = []

    /// The same without what is known of other sources than these: nobody asks those any more.
    package func limited(to sources: [SourceName]) -> PipelineState {
        var state = self
        state.sources.removeAll { source in !sources.contains { $0.rawValue == source.name } }
        return state
    }

    /// - Returns: nil for a stage that the database has never seen.
    package func stage(_ stage: Stage) -> StageState? { self.stages.first { $0.stage == stage } }
}

/// What takes the more time to count the more there is; worth keeping for a while.
package struct Census: Sendable, Equatable {
    package struct Runs: Sendable, Equatable {
        package var stage: Stage
        package var status: RunStatus
        package var count: Int
    }

    /// By source and state.
    package var packages: [String: [String: Int]]
    package var liveDocuments: Int
    /// Since when the document has been waiting that has waited longest; nil when none is dirty.
    package var oldestDirtyMilliseconds: Int64?
    package var runCounts: [Runs]
    package var databaseBytes: Int64
    package var archives = ArchiveCensus()
    package var advisories = AdvisoryCensus()
}

/// What the runs of one hour came to.
package struct Activity: Sendable, Equatable {
    /// Hours since 1970.
    package var hour: Int64
    package var runs: Int
    /// Those that failed or lost their worker.
    package var runsFailed: Int
    package var documentsChanged: Int
    package var objectsPublished: Int
}

/// A package, document or archive that failed, and when it is tried again.
package struct Failure: Sendable, Equatable {
    /// A source and the package's key there, the path of a document, or a package and a version of it with a space between.
    package var name: String
    package var attempts: Int
    package var error: String
    /// nil when nothing but a change makes it be tried again.
    package var retryAtMilliseconds: Int64?
}

/// All that `status` tells.
package struct StatusReport: Sendable {
    package var state: PipelineState
    package var census: Census
    package var failures: [Failure]
    /// Packages whose withdrawal waits for a person, the longest waiting first.
    package var heldPackages: [String]
    package var runs: [Run]
}

extension Position: Encodable {
    /// A number where it is one.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        if let number = self.number { try container.encode(number) } else { try container.encode(self.text) }
    }

    /// For who draws it over time; most positions are numbers.
    package var number: Int64? { Int64(self.text) }
}
