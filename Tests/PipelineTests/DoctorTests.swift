import Command
import Foundation
import Pipeline
import Sandbox
import Store
import TestSupport
import Testing
import Wire

/// `packline doctor` over real servers: each fault that is injected is found, and its remedy named.
@Suite struct DoctorTests {
    @Test(arguments: TestDatabase.allCases)
    func `a healthy repository has nothing but ok, and nothing of it changes`(_ database: TestDatabase) async throws {
        try await DoctorBench.with(database) { bench in
            let (rows, bucket) = (try await bench.pipeline.rows(), bench.pipeline.bucket())
            let report = await bench.report()
            #expect(report.troubles == [])
            #expect(report.status == .ok)
            #expect(
                report.findings.map(\.check) == [
                    "settings", "database", "versions", "bucket", "conditions", "known-bucket", "wordpress-plugins",
                    "wordpress-themes", "clocks", "public-url", "runs",
                ]
            )
            #expect(try await bench.pipeline.rows() == rows)
            #expect(bench.pipeline.bucket() == bucket)
            // An address or a path that is too long has a line of its own.
            for line in report.text().split(separator: "\n")
            where line.split(separator: " ").allSatisfy({ $0.count < 50 }) {
                #expect(line.count <= 80)
            }
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `before the first run there is no database and no repository, and nothing is made`(
        _ database: TestDatabase
    ) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("packline-\(UUID().uuidString)").path
        try await DoctorBench.with(database, isFilled: false) { bench in
            let file = "sqlite:\(folder)/none.sqlite"
            let report = await bench.report([
                "PACKLINE_DATABASE_URL": file, "PACKLINE_BUCKET_URL": "file:\(folder)/public",
            ])
            #expect(report["database"]?.status == .warning)
            #expect(report["database"]?.remedy?.contains("packline run") == true)
            #expect(report["bucket"]?.finding.contains("is not there yet") == true)
            #expect(report["runs"]?.status == .skipped)
            #expect(!FileManager.default.fileExists(atPath: folder))
            let migrated = await bench.report()
            #expect(migrated["runs"]?.finding == "nothing has run yet")
            #expect(migrated["public-url"]?.status == .skipped)
            #expect(migrated.status == .warning)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `fault: a curated set names what upstream does not have`(_ database: TestDatabase) async throws {
        try await DoctorBench.with(database) { bench in
            let well = await bench.report(["PACKLINE_ONLY": "akismet,plugin:hello-dolly"])
            #expect(well["only"] == nil)
            let report = await bench.report(["PACKLINE_ONLY": "akismet,curated,theme:akismet"])
            #expect(report["only"]?.status == .warning)
            #expect(report["only"]?.finding.hasSuffix(": akismet of wordpress-themes, curated") == true)
            #expect(report["only"]?.remedy?.contains("./NAME") == true)
        }
        try await DoctorBench.with(database, isFilled: false) { bench in
            #expect(await bench.report(["PACKLINE_ONLY": "curated"])["only"] == nil)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `fault: a misspelled variable`(_ database: TestDatabase) async throws {
        try await DoctorBench.with(database) { bench in
            let report = await bench.report(["PACKLINE_BUKET_URL": "s3://other", "PACKLINE_LOG_LEVEL": "loud"])
            #expect(report.troubles.map(\.status) == [.failed, .failed])
            #expect(report.troubles[0].finding.contains("PACKLINE_LOG_LEVEL is 'loud'"))
            #expect(report.troubles[1].finding.contains("PACKLINE_BUKET_URL"))
            #expect(report.troubles[1].remedy?.contains("call it PACKLINE_BUCKET_URL") == true)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `fault: a database that can't be reached`(_ database: TestDatabase) async throws {
        try await DoctorBench.with(database) { bench in
            let isServer = database == .postgres
            let url = isServer ? "postgres://u:hush@127.0.0.1:1/packline" : "sqlite:\(#filePath)"
            let report = await bench.report(["PACKLINE_DATABASE_URL": url])
            #expect(report["database"]?.status == .failed)
            let words = isServer ? "PACKLINE_DATABASE_URL" : "its folder"
            #expect(report["database"]?.remedy?.contains(words) == true)
            // What needs it says so, and the rest is looked at all the same.
            #expect(report["known-bucket"]?.finding == "not looked at, because there is no database that can be read")
            #expect(report["runs"]?.status == .skipped)
            #expect(report["bucket"]?.status == .ok)
            #expect(report["wordpress-plugins"]?.status == .ok)
            #expect(!report.text().contains("hush"))
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `fault: a database of a newer or an older schema, which stays as it is`(_ database: TestDatabase) async throws
    {
        try await DoctorBench.with(database) { bench in
            try await bench.execute("INSERT INTO schema_migrations VALUES (9999, 'to come', 1)")
            let newer = await bench.report()
            #expect(newer["database"]?.status == .failed)
            #expect(newer["database"]?.finding.contains("schema 9999, newer than this program's") == true)
            #expect(newer["database"]?.remedy?.contains("newer version") == true)
            try await EarlierDatabase.with(database) { url, _ in
                let older = await bench.report(["PACKLINE_DATABASE_URL": url])
                #expect(older["database"]?.status == .warning)
                #expect(older["database"]?.finding.contains("schema 6, older") == true)
                #expect(older["database"]?.remedy?.contains("back it up") == true)
                #expect(await bench.report(["PACKLINE_DATABASE_URL": url])["database"] == older["database"])
            }
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `fault: a wrong secret of the bucket, which is not shown`(_ database: TestDatabase) async throws {
        try await DoctorBench.with(database) { bench in
            let report = await bench.report(["AWS_SECRET_ACCESS_KEY": "wrongsecret"])
            #expect(report["bucket"]?.status == .failed)
            #expect(report["bucket"]?.finding.contains("SignatureDoesNotMatch") == true)
            #expect(report["bucket"]?.remedy?.contains("AWS_SECRET_ACCESS_KEY") == true)
            #expect(report["conditions"]?.status == .skipped)
            #expect(report["wordpress-themes"]?.status == .ok)
            #expect(!report.text().contains("wrongsecret"))
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `fault: a bucket that is not there`(_ database: TestDatabase) async throws {
        let answer = "<Error><Code>NoSuchBucket</Code><Message>none</Message></Error>"
        try await DoctorBench.with(database) { bench in
            try await TestUpstream.with(script: { _ in .status(404, answer) }) { store in
                let report = await bench.report(["PACKLINE_S3_ENDPOINT": store.url])
                #expect(report["bucket"]?.status == .failed)
                #expect(report["bucket"]?.finding.contains("NoSuchBucket") == true)
                #expect(report["bucket"]?.remedy?.contains("create the bucket") == true)
            }
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `fault: a folder that can't be written as the bucket`(_ database: TestDatabase) async throws {
        try await DoctorBench.with(database) { bench in
            // Not even the superuser can make a file there.
            let report = await bench.report(["PACKLINE_BUCKET_URL": "file:/proc/self"])
            #expect(report["bucket"]?.status == .failed)
            #expect(report["bucket"]?.remedy != nil)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `fault: the bucket of another database`(_ database: TestDatabase) async throws {
        try await DoctorBench.with(database) { bench in
            let report = await bench.report(["PACKLINE_BUCKET_URL": "s3://elsewhere"])
            #expect(report.troubles.map(\.check) == ["known-bucket"])
            #expect(report["known-bucket"]?.status == .failed)
            #expect(report["known-bucket"]?.finding.contains("s3://elsewhere") == true)
            #expect(report["known-bucket"]?.remedy?.contains("verify --repair") == true)
            #expect(bench.pipeline.bucket("elsewhere").isEmpty)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `fault: a store that ignores conditions`(_ database: TestDatabase) async throws {
        var settings = SandboxSettings()
        settings.ignoresConditions = true
        try await DoctorBench.with(database, sandbox: settings) { bench in
            let report = await bench.report()
            #expect(report.troubles.map(\.check) == ["conditions"])
            #expect(report["conditions"]?.status == .warning)
            #expect(report["conditions"]?.remedy?.contains("a single sync") == true)
            let relied = await bench.report(["PACKLINE_S3_CONDITIONS": "on"])
            #expect(relied["conditions"]?.status == .failed)
            #expect(relied["conditions"]?.remedy == "set PACKLINE_S3_CONDITIONS=auto")
        }
    }
}
