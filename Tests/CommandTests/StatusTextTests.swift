import Facts
import Site
import TestSupport
import Testing

@testable import Command
@testable import Store

@Suite struct StatusTextTests {
    private func source(behind: Int) -> PipelineState.SourceState {
        PipelineState.SourceState(
            name: "composer:packagist",
            cursor: Position("feed 17000000000000"),
            due: 2,
            behind: behind,
            doubted: 0,
            held: 0,
            required: 0,
            unneeded: 0
        )
    }

    private func report(behind: Int, archives: ArchiveCensus = ArchiveCensus()) -> StatusReport {
        let state = PipelineState(
            nowMilliseconds: 1,
            createdAtMilliseconds: 0,
            sources: [self.source(behind: behind)],
            stages: [],
            failingPackages: 0,
            dirtyDocuments: 0,
            documentsToDelete: 0,
            failingDocuments: 0,
            leases: 0,
            feedPosition: 0
        )
        var census = Census(packages: [:], liveDocuments: 0, runCounts: [], databaseBytes: 0)
        census.archives = archives
        return StatusReport(state: state, census: census, failures: [], heldPackages: [], runs: [])
    }

    @Test func `what waits until upstream is as new as it said is counted, for people and for programs`() throws {
        let waiting = self.report(behind: 1_234)
        let line = "\n  1,234 not yet as new as upstream said, asked about again\n"
        #expect(StatusText(report: waiting, ownership: Ownership(sources: [])).text.contains(line))
        #expect(try self.json(waiting).contains("\"packages_behind\" : 1234"))
        let settled = self.report(behind: 0)
        #expect(!StatusText(report: settled, ownership: Ownership(sources: [])).text.contains("as new as"))
    }

    @Test func `what of archives is there and missing is told, and that the budget is used up`() throws {
        var archives = ArchiveCensus()
        (archives.stored, archives.bytes, archives.missing) = (1_234, 5 << 20, ["composer:packagist": 7])
        (archives.failing, archives.absent, archives.unconfirmed, archives.lost) = (3, 2, 9, 4)
        let report = self.report(behind: 0, archives: archives)
        func text(budget: Int64?) -> String {
            StatusText(report: report, ownership: Ownership(sources: []), archiveBudgetBytes: budget).text
        }
        let counts = "7 missing, 3 of them failing, 2 of these not upstream either\n"
        #expect(text(budget: nil).contains("\narchives   1,234 in the bucket, 5 MB; \(counts)"))
        #expect(text(budget: nil).contains("\n  9 wait for a discover that sees nothing new of their packages\n"))
        #expect(text(budget: nil).contains("\n  composer:packagist: 7 to be fetched\n"))
        #expect(text(budget: 6 << 20).contains("5 MB of 6 MB") && !text(budget: 6 << 20).contains("used up"))
        #expect(text(budget: 5 << 20).contains("\n  the budget is used up: nothing more is fetched"))
        #expect(text(budget: nil).contains("\n  4 were there once and are gone: packline sync verify names them\n"))
        #expect(try self.json(report).contains("\"unconfirmed\" : 9"))
        let none = StatusText(report: self.report(behind: 0), ownership: Ownership(sources: [])).text
        #expect(!none.contains("archives"))
    }

    private func json(_ report: StatusReport) throws -> String {
        try StatusCommand.json(StatusDocument(report, version: "1", advisoryFeeds: ["wordfence", "acme"]))
    }

    @Test func `how far feeds of advisories were taken in is told, and what fails of them`() throws {
        var report = self.report(behind: 0)
        #expect(!StatusText(report: report, ownership: Ownership(sources: [])).text.contains("advisories"))
        report.state.advisoryFeeds = [
            PipelineState.AdvisoryFeed(
                name: "wordfence",
                askedAtMilliseconds: 1_000,
                readAtMilliseconds: 1_000,
                readWholeAtMilliseconds: 0
            ),
            PipelineState.AdvisoryFeed(name: "acme", failingSinceMilliseconds: 2_000, lastError: "it did not answer"),
        ]
        report.census.advisories.advisories = ["wordfence": 42_363]
        report.census.advisories.packages = 9_876
        let text = StatusText(report: report, ownership: Ownership(sources: [])).text
        #expect(text.contains("\nadvisories  of 9,876 packages\n"))
        #expect(text.contains("\n  wordfence  42,363, read 1970-01-01T00:00:01Z, whole 1970-01-01T00:00:00Z\n"))
        #expect(text.contains("\n  acme  0, read never\n    failing since 1970-01-01T00:00:02Z: it did not answer\n"))
        let json = try self.json(report)
        #expect(json.contains("\"error\" : \"it did not answer\"") && json.contains("\"advisories\" : 42363"))
    }
}
