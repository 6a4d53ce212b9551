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
    var leases: Int
    var feedPosition: Int64
    /// The latest run of each stage.
    var lastRuns: [String: StageRun]

    init(state: PipelineState, census: Census, version: String) {
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
