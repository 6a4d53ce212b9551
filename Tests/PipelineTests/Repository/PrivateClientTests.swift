import Command
import ComposerRepository
import Foundation
import Pipeline
import Sandbox
import Site
import Store
import TestSupport
import Testing
import Upstream

/// The real Composer, from one private root that has WordPress.org's packages and those of a vendor who wants credentials.
@Suite(.enabled(if: ComposerProject.isThere, "needs Debian's composer")) struct PrivateClientTests {
    /// As a person writes it; every secret is in a file of its own.
    private static let configuration = """
        private: true
        auth-basic-file: DIR/readers
        sources:
          wordpress-plugins: {}
          composer:agency:
            url: URL
            authentication: { basic: { user: mirror, password-file: DIR/password } }
        """

    /// Opens a pipeline under the configuration file, as `serve` reads it too.
    private func with(_ database: TestDatabase, _ body: (Pipeline, ComposerWorld, Int) async throws -> Void)
        async throws
    {
        let world = ComposerWorld(packages: 3)
        // Without what packages of WordPress.org require there is nothing to install.
        try world.add(["agency/shop", "agency/forms", "composer/installers"])
        try world.require("agency/shop", ["agency/forms", "wp-plugin/akismet"])
        let login = ComposerMount.Authentication.basic(user: "mirror", password: "upstream")
        let mount = try ComposerMount("agency", .satis, world, authentication: login)
        try await CaptureFolder.with { folder in
            try await Pipeline.with(database, world: .builtIn, composer: [mount]) { pipeline, address in
                let yaml = Self.configuration.replacing("URL", with: address.composer("agency"))
                    .replacing("DIR", with: folder.path)
                for (name, text) in [("readers", "site:s3same"), ("password", "upstream"), ("packline.yaml", yaml)] {
                    try Data(text.utf8).write(to: folder.appending(path: name))
                }
                var environment = Dictionary(address.environment(bucket: Pipeline.bucket).map { ($0.name, $0.value) }) {
                    $1
                }
                environment["PACKLINE_CONFIG"] = folder.appending(path: "packline.yaml").path
                var pipeline = pipeline
                pipeline.settings = try Settings(environment: environment, isServing: true)
                try await pipeline.round()
                try await body(pipeline, world, address.port)
            }
        }
    }

    /// The answers to requests without credentials, by path.
    private func statuses(_ paths: [String], port: Int) async throws -> [String: String] {
        let lines = try await Curl.offeringHTTP2(paths, port: port).split(separator: "\n").map { $0.prefix(3) }
        return Dictionary(zip(paths, lines.map(String.init))) { $1 }
    }

    @Test(arguments: TestDatabase.allCases)
    func `P13: Composer installs public and private packages from one private root, and nothing without credentials`(
        _ database: TestDatabase
    ) async throws {
        try await self.with(database) { pipeline, world, upstream in
            var configuration = Site.Configuration()
            configuration.credentials = Credentials(basic: pipeline.settings.basicCredentials)
            try await RunningSite.with(pipeline.store, configuration: configuration) { port in
                func update(_ password: String?) async throws -> ComposerProject.Outcome {
                    // Archives are where they were: whoever reads documents here asks upstream for them as itself.
                    var logins = ["127.0.0.1:\(upstream)": ["username": "mirror", "password": "upstream"]]
                    logins["127.0.0.1:\(port)"] = password.map { ["username": "site", "password": $0] }
                    return try await ComposerProject.update(
                        "http://127.0.0.1:\(port)",
                        requires: ["agency/shop": "*", "wp-plugin/classic-editor": "*"],
                        authentication: ["http-basic": logins]
                    )
                }
                let installed = try await update("s3same")
                #expect(installed.status == 0, "\(installed.output)")
                let names = ["agency/forms", "agency/shop", "composer/installers"]
                for name in names { #expect(installed.installed[name] == world.newestVersion(name)) }
                let plugins = ["wp-plugin/akismet", "wp-plugin/classic-editor"]
                #expect(installed.installed.keys.sorted() == names + plugins)

                for password in [nil, "upstream"] {
                    let refused = try await update(password)
                    #expect(refused.status != 0 && refused.output.contains("127.0.0.1:\(port)"), "\(refused.output)")
                    #expect(refused.locked.isEmpty && refused.installed.isEmpty)
                }
                let documents = pipeline.bucket().keys.filter { $0.hasSuffix(".json") }.map { "/\($0)" }
                #expect(documents.contains("/p2/agency/shop.json") && documents.contains("/packages.json"))
                let others = [
                    "/", "/packages", "/who/agency/shop", "/packages/agency/shop", "/status.json", "/changes.atom",
                ]
                let paths = documents + others + ["/packages/list.json", "/search.json?q=agency", "/p2/no/such.json"]
                let statuses = try await self.statuses(paths, port: port)
                #expect(statuses.count == paths.count && statuses.values.allSatisfy { $0 == "401" }, "\(statuses)")
            }
        }
    }
}
