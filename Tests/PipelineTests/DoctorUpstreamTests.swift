import Command
import Foundation
import Pipeline
import Sandbox
import Store
import TestSupport
import Testing
import Wire

/// What `packline doctor` finds of upstreams, clocks, and of who else is at work.
@Suite struct DoctorUpstreamTests {
    @Test(arguments: TestDatabase.allCases)
    func `fault: an upstream that is away, and one that answers nonsense`(_ database: TestDatabase) async throws {
        try await DoctorBench.with(database) { bench in
            bench.pipeline.sandbox.fail(SandboxFault(.reset, route: "plugins-svn-*"))
            bench.pipeline.sandbox.fail(SandboxFault(.htmlPage, route: "themes-api-*"))
            let report = await bench.report()
            #expect(report.troubles.map(\.check) == ["wordpress-plugins", "wordpress-themes"])
            #expect(report.troubles.allSatisfy { $0.status == .failed && $0.remedy?.contains("the URL of") == true })
            #expect(report["wordpress-themes"]?.finding.contains("malformed") == true)
        }
    }

    @Test func `a Composer repository and a feed that are none are named`() async throws {
        try await DoctorBench.with(.sqlite) { bench in
            try await TestUpstream.with(script: { $0.uri.hasPrefix("/none") ? .ok("<html>") : .ok("{\"packages\":[]}") }
            ) { other in
                let report = await bench.report([
                    "PACKLINE_SOURCES": "wordpress-plugins,wordpress-themes,composer:acme",
                    "PACKLINE_COMPOSER_URL": "\(other.url)/none", "PACKLINE_ADVISORIES": "off",
                    "PACKLINE_ADVISORY_FEEDS": "others=\(other.url)",
                ])
                #expect(report["composer:acme"]?.status == .failed)
                #expect(report["feed others"]?.status == .failed)
                #expect(report["feed others"]?.finding.contains("announces no advisories") == true)
                #expect(report["wordpress-plugins"]?.status == .ok)
            }
        }
    }

    @Test func `fault: what never answers has its time, and the others are looked at`() async throws {
        try await DoctorBench.with(.sqlite) { bench in
            bench.pipeline.sandbox.fail(SandboxFault(.delay(milliseconds: 86_400_000), route: "plugins-svn-*"))
            // For that one: how long the others take is not looked at.
            let report = await bench.report(limit: .seconds(5))
            bench.pipeline.sandbox.clearFaults()
            #expect(report["wordpress-plugins"]?.finding == "there was no answer within 5 s")
            #expect(report["wordpress-plugins"]?.remedy != nil)
            #expect(report.findings.contains { $0.check == "public-url" } && report["wordpress-themes"] != nil)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `fault: a clock that is hours off`(_ database: TestDatabase) async throws {
        let date = HTTPDate.text(secondsSince1970: Int64(Date().timeIntervalSince1970) + 10_800)
        let answer = "<Error><Code>RequestTimeTooSkewed</Code><Message>none</Message></Error>"
        try await DoctorBench.with(database) { bench in
            try await TestUpstream.with(script: { _ in .status(403, answer, headers: [("Date", date)]) }) { store in
                let report = await bench.report(["PACKLINE_S3_ENDPOINT": store.url])
                #expect(report["bucket"]?.remedy?.contains("set this machine's clock") == true)
                #expect(report["clocks"]?.status == .failed)
                #expect(report["clocks"]?.finding.contains("clocks are off: the bucket") == true)
                #expect(report["clocks"]?.remedy?.contains("NTP") == true)
            }
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `fault: stages of another version, or with other settings`(_ database: TestDatabase) async throws {
        try await DoctorBench.with(database) { bench in
            try await bench.execute("UPDATE pipeline_runs SET version = '0.0.9' WHERE stage = 'update'")
            let report = await bench.report(["PACKLINE_VENDORS": "one,two"])
            #expect(report.troubles.map(\.check) == ["versions", "derivation"])
            #expect(report.troubles.allSatisfy { $0.status == .warning })
            #expect(report["versions"]?.finding.contains("update ran as 0.0.9") == true)
            #expect(report["versions"]?.remedy == "give all processes the same version")
            #expect(report["derivation"]?.finding.contains("wordpress-plugins, wordpress-themes") == true)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `fault: a public URL that leads to something else, and a stage that never succeeded`(
        _ database: TestDatabase
    ) async throws {
        try await DoctorBench.with(database) { bench in
            try await bench.execute(
                "UPDATE pipeline_runs SET status = 'failed', error = 'no room' WHERE stage = 'sync'"
            )
            try await TestUpstream.with(script: { _ in .ok("{\"packages\":{}}") }) { other in
                let report = await bench.report(["PACKLINE_PUBLIC_URL": other.url])
                #expect(report["public-url"]?.status == .warning)
                #expect(report["public-url"]?.remedy?.contains("PACKLINE_PUBLIC_URL") == true)
                #expect(report["runs"]?.finding == "sync has never succeeded: no room")
                #expect(report["runs"]?.remedy?.contains("packline status") == true)
            }
        }
    }
}
