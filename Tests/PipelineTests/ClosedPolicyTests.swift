import Command
import Composer
import Facts
import Pipeline
import Sandbox
import Store
import TestSupport
import Testing
import WordPress

/// What the operator's policy makes of packages that upstream has closed.
@Suite struct ClosedPolicyTests {
    @Test(arguments: TestDatabase.allCases, [ClosedPolicy.abandon, .keep])
    func `P23: what another policy takes away is the operator's wish, not a mass withdrawal`(
        _ database: TestDatabase,
        _ policy: ClosedPolicy
    ) async throws {
        try await Pipeline.with(database, world: .plain(plugins: 20)) { pipeline in
            var pipeline = pipeline
            pipeline.settings.stages.publication.closedPolicy = policy
            try await pipeline.round()
            for number in 0..<10 { try pipeline.world.close(slug: "plugin-\(number)") }
            for _ in 1...2 {
                try await pipeline.makeEverythingDue()
                #expect(try await pipeline.update().exit == .done)
            }
            try await pipeline.sync()
            #expect(try pipeline.versions("wp-plugin/plugin-3") == ["1.0"])

            pipeline.settings.stages.publication.closedPolicy = .remove
            // Some are asked about in that run, the others are only derived again.
            _ = try await pipeline.store.makeDue(ids: [1, 2, 3, 4, 5, 6, 7])
            let outcome = try await pipeline.update()
            #expect(outcome.exit == .done, "\(outcome)")
            #expect(outcome.counters["documents_withdrawn"] == 20)
            try await pipeline.sync()
            for number in 0..<20 {
                let versions = try pipeline.versions("wp-plugin/plugin-\(number)")
                #expect(versions == (number < 10 ? nil : ["1.0"]))
            }
            #expect(try await pipeline.store.heldWithdrawals(WithdrawalLimit()).isEmpty)

            // Unknown is more than closed: what was kept as closed does not go by that without a person.
            pipeline.settings.stages.publication.closedPolicy = policy
            for number in 10..<20 { try pipeline.world.close(slug: "plugin-\(number)") }
            for _ in 1...2 {
                try await pipeline.makeEverythingDue()
                #expect(try await pipeline.update().exit == .done)
            }
            for number in 10..<20 { try pipeline.world.setListed(.plugins, slug: "plugin-\(number)", false) }
            for _ in 1...3 {
                try await pipeline.makeEverythingDue()
                try await pipeline.update()
            }
            try await pipeline.sync()
            let held = try await pipeline.store.heldWithdrawals(WithdrawalLimit())
            #expect(held.map(\.held) == [10])
            #expect(try pipeline.versions("wp-plugin/plugin-12") == ["1.0"])
        }
    }
}
