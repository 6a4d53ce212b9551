import Command
import Facts
import Pipeline
import Sandbox
import Store
import TestSupport
import Testing
import Transport

/// P21: what only trickles in does not hold a lease for ever.
@Suite struct PaceTests {
    @Test(arguments: TestDatabase.allCases, ["plugins-svn-report", "plugins-svn-listing"])
    func `P21: a dripping log or listing ends the run and returns the lease`(
        _ database: TestDatabase,
        _ route: String
    ) async throws {
        let world = SandboxWorld()
        for number in 0..<40 { try world.add(.plugins, SandboxPackage(slug: "plugin-\(number)"), tags: ["1.0"]) }
        try await Pipeline.with(database, world: world) { pipeline in
            var pipeline = pipeline
            pipeline.settings.stages.sources.removeLast()
            pipeline.sandbox.fail(SandboxFault(.drip(milliseconds: 400), route: route))
            var slow = pipeline
            slow.pace = BodyPace(window: .milliseconds(150), bytes: 16_384)
            let outcome = try await slow.discover(.fromTheStart)
            #expect(outcome.exit == .failed)
            #expect(outcome.error?.contains("trickled") == true, "\(outcome)")
            #expect(try await pipeline.store.source("wordpress-plugins")?.leasedBy == nil)
            pipeline.sandbox.clearFaults()
            #expect(try await pipeline.discover(.fromTheStart).exit == .done)
        }
    }
}
