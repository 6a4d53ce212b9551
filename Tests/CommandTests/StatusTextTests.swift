import Facts
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

    private func report(behind: Int) -> StatusReport {
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
        let census = Census(packages: [:], liveDocuments: 0, runCounts: [], databaseBytes: 0)
        return StatusReport(state: state, census: census, failures: [], heldPackages: [], runs: [])
    }

    @Test func `what waits until upstream is as new as it said is counted, for people and for programs`() throws {
        let waiting = self.report(behind: 1_234)
        let line = "\n  1,234 not yet as new as upstream said, asked about again\n"
        #expect(StatusText(report: waiting, ownership: Ownership(sources: [])).text.contains(line))
        #expect(try StatusCommand.json(waiting).contains("\"behind\" : 1234"))
        let settled = self.report(behind: 0)
        #expect(!StatusText(report: settled, ownership: Ownership(sources: [])).text.contains("as new as"))
    }
}
