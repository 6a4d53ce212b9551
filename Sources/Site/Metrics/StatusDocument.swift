import Facts
import Store

/// The state of the pipeline as `/status.json` tells it to machines; instants are text, in UTC.
struct StatusDocument: Encodable {
    struct Source: Encodable {
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
        var withdrawalsHeld: Int
    }

    struct Advisories: Encodable {
        struct Feed: Encodable {
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

    struct StageRun: Encodable {
        var id: RunID
        var status: String
        var started: String
        var finished: String?
        var counters: [Counter: Int]
        var error: String?
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
    /// The latest run of each stage.
    var lastRuns: [String: StageRun]

    init(state: PipelineState, census: Census, version: String, advisoryFeeds: [SourceName]) {
        let lastCheck = state.stage(.discover)?.lastSuccess.map { Format.iso8601($0.startedAtMilliseconds) }
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
                        lastCheck: lastCheck,
                        reconciled: source.reconciledAtMilliseconds.map(Format.iso8601),
                        packages: census.packages[source.name] ?? [:],
                        packagesDue: source.due,
                        packagesBehind: source.behind,
                        withdrawalsHeld: source.held
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
        let runs = state.stages.compactMap { stage in
            stage.last.map { run in
                (
                    stage.stage.rawValue,
                    StageRun(
                        id: run.id,
                        status: run.status.rawValue,
                        started: Format.iso8601(run.startedAtMilliseconds),
                        finished: run.finishedAtMilliseconds.map(Format.iso8601),
                        counters: run.counters,
                        error: run.error
                    )
                )
            }
        }
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
