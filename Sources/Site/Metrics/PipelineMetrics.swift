import Composer
import Facts
import Store

/// The pipeline's state as Prometheus reads it; docs/serve-pages.md says what each metric means.
struct PipelineMetrics {
    let state: PipelineState
    let census: Census
    let version: String
    /// There is no bucket, and `sync` never runs.
    var publishesItself = false
    /// Bytes that all archives together may have; nil is any number.
    var archiveBudgetBytes: Int64?
    /// Feeds of advisories that the settings name, in their order.
    var advisoryFeeds: [SourceName] = []

    func text(requests: RequestMetrics) -> String {
        var text = PrometheusText()
        text.begin("packline_build_info", .gauge, "The version that answers; always 1.")
        text.sample("packline_build_info", [("version", self.version)], "1")
        self.writeSources(to: &text)
        self.writeBacklog(to: &text)
        self.writeArchives(to: &text)
        self.writeAdvisories(to: &text)
        self.writeStages(to: &text)
        requests.write(to: &text)
        return text.text
    }

    private func writeSources(to text: inout PrometheusText) {
        let offer = "packline_source_offer"
        text.begin(offer, .gauge, "What upstream was found to offer, where that is known; always 1.")
        for source in self.state.sources {
            if let words = source.offer { text.sample(offer, [("source", source.name), ("offer", words)], "1") }
        }
        let due = "packline_packages_due"
        text.begin(due, .gauge, "Packages that update would ask about now.")
        for source in self.state.sources { text.sample(due, [("source", source.name)], "\(source.due)") }
        let behind = "packline_packages_behind"
        text.begin(behind, .gauge, "Packages that are not yet as new as upstream said, and are asked about again.")
        for source in self.state.sources { text.sample(behind, [("source", source.name)], "\(source.behind)") }
        let held = "packline_withdrawals_held"
        text.begin(held, .gauge, "Packages that upstream says are gone and that wait for a person.")
        for source in self.state.sources { text.sample(held, [("source", source.name)], "\(source.held)") }
        let cursor = "packline_source_cursor"
        text.begin(cursor, .gauge, "Up to where the source was taken in whole, where upstream counts.")
        for source in self.state.sources {
            if let number = source.cursor?.number { text.sample(cursor, [("source", source.name)], "\(number)") }
        }
        let cursorTime = "packline_source_cursor_timestamp_seconds"
        text.begin(cursorTime, .gauge, "When what stands there was made, where upstream said so.")
        for source in self.state.sources {
            guard let time = source.cursorAtMilliseconds else { continue }
            text.sample(cursorTime, [("source", source.name)], PrometheusText.seconds(milliseconds: time))
        }
        let check = "packline_source_last_check_timestamp_seconds"
        text.begin(check, .gauge, "When the last discover started that took the source in well; 0 before.")
        for source in self.state.sources {
            let seconds = PrometheusText.seconds(milliseconds: source.checkedAtMilliseconds ?? 0)
            text.sample(check, [("source", source.name)], seconds)
        }
        self.writeTrouble("packline_source_failing_seconds", "For how long no run took the source in well.", to: &text)
        {
            $0.failingSinceMilliseconds
        }
        self.writeTrouble(
            "packline_source_behind_seconds",
            "For how long upstream has said that it is not yet where the cursor is.",
            to: &text
        ) { $0.behindSinceMilliseconds }
    }

    /// - Parameter since: nil counts as 0 seconds.
    private func writeTrouble(
        _ name: String,
        _ help: String,
        to text: inout PrometheusText,
        since: (PipelineState.SourceState) -> Int64?
    ) {
        text.begin(name, .gauge, help)
        for source in self.state.sources {
            let lasted = since(source).map { max(0, self.state.nowMilliseconds - $0) } ?? 0
            text.sample(name, [("source", source.name)], PrometheusText.seconds(milliseconds: lasted))
        }
    }

    private func writeBacklog(to text: inout PrometheusText) {
        text.gauge(
            "packline_packages_failing",
            "Packages whose last try failed and that will be tried again.",
            self.state.failingPackages
        )
        text.gauge(
            "packline_documents_dirty",
            "Documents that are to be uploaded or deleted.",
            self.state.dirtyDocuments
        )
        text.gauge(
            "packline_documents_failing",
            "Documents whose last upload failed and that will be tried again.",
            self.state.failingDocuments
        )
        text.gauge("packline_documents_live", "Documents that the bucket holds.", self.census.liveDocuments)
        text.begin(
            "packline_oldest_dirty_age_seconds",
            .gauge,
            "How long the oldest dirty document has been waiting; 0 when none is dirty."
        )
        let age = PrometheusText.seconds(milliseconds: StateReader.oldestDirtyAge(self.state, self.census))
        text.sample("packline_oldest_dirty_age_seconds", [], age)
        text.gauge(
            "packline_feed_position",
            "The last position of the change feed, in ten-thousandths of a second since 1970.",
            self.state.feedPosition
        )
        text.gauge(
            "packline_leases",
            "Packages, documents, archives and sources that a run is at work on.",
            self.state.leases
        )
        text.gauge("packline_database_bytes", "Bytes that the database takes.", self.census.databaseBytes)
    }

    private func writeStages(to text: inout PrometheusText) {
        func each(
            _ name: String,
            _ help: String,
            _ run: (PipelineState.StageState) -> Run?,
            _ value: (Run) -> Int64?
        ) {
            text.begin(name, .gauge, help)
            for stage in self.state.stages {
                guard let run = run(stage), let milliseconds = value(run) else { continue }
                let seconds = PrometheusText.seconds(milliseconds: milliseconds)
                text.sample(name, [("stage", stage.stage.rawValue)], seconds)
            }
        }
        text.begin("packline_database_created_timestamp_seconds", .gauge, "When the database was made.")
        let created = PrometheusText.seconds(milliseconds: self.state.createdAtMilliseconds)
        text.sample("packline_database_created_timestamp_seconds", [], created)
        let success = "packline_stage_last_success_timestamp_seconds"
        text.begin(success, .gauge, "When the last run ended that did its work, maybe but for some packages; 0 before.")
        for stage in self.state.stages where stage.stage != .sync || !self.publishesItself {
            let seconds = PrometheusText.seconds(milliseconds: stage.lastSuccess?.finishedAtMilliseconds ?? 0)
            text.sample(success, [("stage", stage.stage.rawValue)], seconds)
        }
        each(
            "packline_stage_last_duration_seconds",
            "How long the last run took that has ended.",
            \.lastFinished
        ) { run in run.finishedAtMilliseconds.map { $0 - run.startedAtMilliseconds } }
        let runs = "packline_stage_runs"
        text.begin(runs, .gauge, "Runs that the database keeps, by how they ended.")
        for group in self.census.runCounts {
            let labels = [("stage", group.stage.rawValue), ("status", group.status.rawValue)]
            text.sample(runs, labels, "\(group.count)")
        }
        let counter = "packline_stage_last_items"
        text.begin(counter, .gauge, "What the last run counted that has ended.")
        for stage in self.state.stages {
            for (name, count) in (stage.lastFinished?.counters ?? [:]).sorted(by: { $0.key < $1.key }) {
                text.sample(counter, [("stage", stage.stage.rawValue), ("counter", name.rawValue)], "\(count)")
            }
        }
    }
}
