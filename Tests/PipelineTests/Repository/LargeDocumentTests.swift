import Facts
import Pipeline
import Sandbox
import Store
import TestSupport
import Testing

@Suite struct LargeDocumentTests {
    @Test func `P22: documents that are too much for one batch come in several`() async throws {
        try await WrittenRepository.with { pipeline, repository in
            let names = (0..<5).map { "acme/large\($0)" }
            let filler = String(repeating: "large", count: 1 << 20)
            for name in names {
                try repository.writeDocuments(of: name, extra: filler)
            }
            let list = names.map { "\"\($0)\"" }.joined(separator: ",")
            try repository.write(
                "packages.json",
                #"{"metadata-url":"/acme/p2/%package%.json","available-packages":[\#(list)]}"#
            )
            try await pipeline.discover()
            _ = try await pipeline.store.engine.write { session in
                try session.execute("CREATE TABLE claims (package_id INTEGER)")
                return try session.execute(
                    """
                    CREATE TRIGGER claimed AFTER INSERT ON package_leases
                    BEGIN INSERT INTO claims VALUES (NEW.package_id); END
                    """
                )
            }
            let outcome = try await pipeline.update()
            #expect(outcome.exit == .done && outcome.counters["packages_failed"] == nil)
            #expect(outcome.counters[.packagesAsked] == 5, "each is counted once")
            let claims: Int64 = try await pipeline.store.engine.read { session in
                try session.rows("SELECT count(*) AS claims FROM claims")[0]["claims"]
            }
            #expect(claims > 5, "what was left is asked for again")
            try await pipeline.sync()
            #expect(pipeline.documents.count == 10)
        }
    }
}
