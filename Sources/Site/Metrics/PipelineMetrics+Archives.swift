import Store

extension PipelineMetrics {
    func writeArchives(to text: inout PrometheusText) {
        let archives = self.census.archives
        text.gauge("packline_archives_stored", "Different archives that the bucket holds.", archives.stored)
        text.gauge("packline_archives_bytes", "Bytes that they have together.", archives.bytes)
        let budget = "packline_archives_budget_bytes"
        text.begin(budget, .gauge, "Bytes that they may have.")
        text.sample(budget, [], self.archiveBudgetBytes.map { "\($0)" } ?? "+Inf")
        let missing = "packline_archives_missing"
        text.begin(missing, .gauge, "Archives that are wanted and not there.")
        for source in self.state.sources {
            text.sample(missing, [("source", source.name)], "\(archives.missing[source.name] ?? 0)")
        }
        text.gauge("packline_archives_failing", "Those of them whose last try failed.", archives.failing)
        text.gauge(
            "packline_archives_absent",
            "Those of these that upstream has said for a day that it does not have.",
            archives.absent
        )
        text.gauge(
            "packline_archives_unconfirmed",
            "Archives that are there and wait for a discover that sees nothing new of their packages.",
            archives.unconfirmed
        )
        text.gauge(
            "packline_archives_lost",
            "Archives that were in the bucket once, were found to be gone, and have not come back.",
            archives.lost
        )
    }
}
