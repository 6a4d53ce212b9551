import Command
import Facts
import Pipeline
import Sandbox
import Store
import TestSupport
import Testing

/// A database of before goes on where it was left.
@Suite struct EarlierVersionTests {
    /// Reached where it is, and says of itself what it said then.
    private func settings(_ port: Int) throws -> Settings {
        let (here, then) = ("http://127.0.0.1:\(port)", EarlierDatabase.upstream)
        return try Settings(environment: [
            "PACKLINE_BUCKET_URL": "s3://\(Pipeline.bucket)",
            "PACKLINE_S3_ENDPOINT": here,
            "AWS_ACCESS_KEY_ID": "sandbox",
            "AWS_SECRET_ACCESS_KEY": "sandboxsecret",
            "PACKLINE_WPORG_API_URL": here,
            "PACKLINE_WPORG_PLUGINS_SVN_URL": "\(here)/svn/plugins",
            "PACKLINE_WPORG_THEMES_SVN_URL": "\(here)/svn/themes",
            "PACKLINE_WPORG_PUBLISHED_PLUGINS_SVN_URL": "\(then)/svn/plugins",
            "PACKLINE_WPORG_PUBLISHED_THEMES_SVN_URL": "\(then)/svn/themes",
            "PACKLINE_WPORG_DOWNLOADS_URL": then,
        ])
    }

    @Test(arguments: TestDatabase.allCases)
    func `P5: a round over a database of schema 6 asks again, derives everything anew, and uploads nothing`(
        _ database: TestDatabase
    ) async throws {
        var sandboxSettings = SandboxSettings()
        sandboxSettings.publicURL = EarlierDatabase.upstream
        let sandbox = Sandbox(world: try .builtIn, settings: sandboxSettings, logger: Pipeline.logger)
        try await sandbox.withRunningServer { address in
            try await EarlierDatabase.with(database) { url, _ in
                let store = try await Store.open(url: url, logger: Pipeline.logger)
                // What it was published to then is as good as this bucket.
                let settings = try self.settings(address.port)
                let pipeline = Pipeline(sandbox: sandbox, store: store, settings: settings)
                try await pipeline.discover()
                #expect(try await store.dirtyCount() == (0, 0))
                try await pipeline.makeEverythingDue()
                let updated = try await pipeline.update()
                #expect(updated.exit == .done)
                #expect(updated.counters["packages_asked"] == 39)
                #expect(updated.counters["documents_changed"] == nil)
                #expect(updated.counters["documents_withdrawn"] == nil)
                #expect(try await store.dirtyCount() == (0, 0))
            }
        }
    }
}
