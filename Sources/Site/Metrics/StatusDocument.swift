package import Facts
package import Store

/// The state of the pipeline as `/status.json` and `status --json` tell it to machines; instants are text, in UTC.
///
/// Members are called as the metrics are.
package struct StatusDocument: Encodable, Sendable {
    struct Source: Encodable, Sendable {
        /// What upstream was found to offer, in words.
        var offer: String?
        var cursor: Position?
        var cursorTime: String?
        var lastCheck: String?
        var reconciled: String?
        var packages: [String: Int]
        var packagesDue: Int
        /// Not yet as new as upstream said.
        var packagesBehind: Int
        /// Said to be gone, which is not believed yet.
        var packagesDoubted: Int
        /// There only because others require them.
        var packagesRequired: Int
        /// Needed by nothing any more.
        var packagesUnneeded: Int
        var withdrawalsHeld: Int
        var behindSince: String?
        var failingSince: String?
        /// The run that is at work on it.
        var leasedBy: RunID?
    }

    struct Advisories: Encodable, Sendable {
        struct Feed: Encodable, Sendable {
            var advisories: Int
            var lastRead: String?
            var lastReadWhole: String?
            var failingSince: String?
            var error: String?
        }

        var feeds: [String: Feed]
        /// How many packages any advisory is about.
        var packages: Int
    }

    struct StageRun: Encodable, Sendable {
        var id: RunID
        var stage: String
        var status: String
        var started: String
        var finished: String?
        var counters: [Counter: Int]
        var error: String?

        init(_ run: Run) {
            self.id = run.id
            self.stage = run.stage.rawValue
            self.status = run.status.rawValue
            self.started = Format.iso8601(run.startedAtMilliseconds)
            self.finished = run.finishedAtMilliseconds.map(Format.iso8601)
            self.counters = run.counters
            self.error = run.error
        }
    }

    struct Trouble: Encodable, Sendable {
        /// A source and the package's key there, the path of a document, or a package and a version of it.
        var name: String
        var attempts: Int
        var error: String
        /// nil when nothing but a change makes it be tried again.
        var retry: String?
    }

    var version: String
    var time: String
    var sources: [String: Source]
    var packagesFailing: Int
    var documentsDirty: Int
    var documentsToDelete: Int
    var documentsFailing: Int
    var documentsLive: Int
    var oldestDirtyAgeSeconds: Int64
    var archives: ArchiveCensus
    /// nil where no feed is read.
    var advisories: Advisories?
    var leases: Int
    var feedPosition: Int64
    var databaseBytes: Int64
    var databaseCreated: String
    /// The latest run of each stage.
    var lastRuns: [String: StageRun]
    // What only `status --json` tells, who asks it being the operator.
    /// What fails, the longest first.
    var failures: [Trouble]?
    /// Packages whose withdrawal waits for a person.
    var heldPackages: [String]?
    /// Runs of all stages, the latest first.
    var runs: [StageRun]?

    /// The same with what is the operator's.
    package init(_ report: StatusReport, version: String, advisoryFeeds: [SourceName]) {
        self.init(state: report.state, census: report.census, version: version, advisoryFeeds: advisoryFeeds)
        self.failures = report.failures.map { failure in
            Trouble(
                name: failure.name,
                attempts: failure.attempts,
                error: failure.error,
                retry: failure.retryAtMilliseconds.map(Format.iso8601)
            )
        }
        self.heldPackages = report.heldPackages
        self.runs = report.runs.map(StageRun.init)
    }

    init(state: PipelineState, census: Census, version: String, advisoryFeeds: [SourceName]) {
        self.version = version
        self.time = Format.iso8601(state.nowMilliseconds)
        self.sources = Dictionary(
            state.sources.map { source in
                (
                    source.name,
                    Source(
                        offer: source.offer,
                        cursor: source.cursor,
                        cursorTime: source.cursorAtMilliseconds.map(Format.iso8601),
                        lastCheck: source.checkedAtMilliseconds.map(Format.iso8601),
                        reconciled: source.reconciledAtMilliseconds.map(Format.iso8601),
                        packages: census.packages[source.name] ?? [:],
                        packagesDue: source.due,
                        packagesBehind: source.behind,
                        packagesDoubted: source.doubted,
                        packagesRequired: source.required,
                        packagesUnneeded: source.unneeded,
                        withdrawalsHeld: source.held,
                        behindSince: source.behindSinceMilliseconds.map(Format.iso8601),
                        failingSince: source.failingSinceMilliseconds.map(Format.iso8601),
                        leasedBy: source.leasedBy
                    )
                )
            },
            uniquingKeysWith: { first, _ in first }
        )
        self.packagesFailing = state.failingPackages
        self.documentsDirty = state.dirtyDocuments
        self.documentsToDelete = state.documentsToDelete
        self.documentsFailing = state.failingDocuments
        self.documentsLive = census.liveDocuments
        self.oldestDirtyAgeSeconds = StateReader.oldestDirtyAge(state, census) / 1_000
        self.archives = census.archives
        self.advisories = Advisories(state, census.advisories, state.feedsInUse(named: advisoryFeeds))
        self.leases = state.leases
        self.feedPosition = state.feedPosition
        self.databaseBytes = census.databaseBytes
        self.databaseCreated = Format.iso8601(state.createdAtMilliseconds)
        let runs = state.stages.compactMap { stage in stage.last.map { (stage.stage.rawValue, StageRun($0)) } }
        self.lastRuns = Dictionary(runs, uniquingKeysWith: { first, _ in first })
    }
}

extension StatusDocument.Advisories {
    init?(_ state: PipelineState, _ census: AdvisoryCensus, _ names: [SourceName]) {
        if names.isEmpty { return nil }
        let feeds = names.map { name -> (String, Feed) in
            let known = state.advisoryFeeds.first { $0.name == name.rawValue }
            let feed = Feed(
                advisories: census.advisories[name.rawValue] ?? 0,
                lastRead: known?.readAtMilliseconds.map(Format.iso8601),
                lastReadWhole: known?.readWholeAtMilliseconds.map(Format.iso8601),
                failingSince: known?.failingSinceMilliseconds.map(Format.iso8601),
                error: known?.lastError
            )
            return (name.rawValue, feed)
        }
        self.feeds = Dictionary(feeds, uniquingKeysWith: { first, _ in first })
        self.packages = census.packages
    }
}
