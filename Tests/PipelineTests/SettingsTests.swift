import Foundation
import ObjectStorage
import Stages
import Testing

/// P14 for settings: a clear error that names the thing and the remedy.
@Suite struct SettingsTests {
    @Test(arguments: [
        ("PACKLINE_DATABASE_URL", "mysql://x"), ("PACKLINE_BUCKET_URL", "ftp://x"), ("PACKLINE_S3_ENDPOINT", "nowhere"),
        ("PACKLINE_S3_PATH_STYLE", "perhaps"), ("PACKLINE_SOURCES", "joomla"), ("PACKLINE_ONLY", "Upper-Case"),
        ("PACKLINE_ONLY", "/no/such/file"), ("PACKLINE_WPORG_API_URL", "api.wordpress.org"),
        ("PACKLINE_WPORG_PLUGINS_SVN_URL", "https://user:secret@host/"), ("PACKLINE_VENDORS", "one"),
        ("PACKLINE_VENDORS", "a,a"), ("PACKLINE_VENDORS", "Upper,lower"), ("PACKLINE_CLOSED_POLICY", "delete"),
        ("PACKLINE_LEASE_SECONDS", "0"), ("PACKLINE_LEASE_SECONDS", "soon"), ("PACKLINE_LOG_FORMAT", "xml"),
        ("PACKLINE_READY_MAX_LAG_SECONDS", "-1"), ("PACKLINE_LOG_LEVEL", "loud"),
        ("PACKLINE_PUBLIC_URL", "https://host/?q"), ("PACKLINE_AUTH_BASIC", "secret"),
        ("PACKLINE_AUTH_BASIC", "user:secret,:secret"), ("PACKLINE_AUTH_BEARER", "a secret"),
    ])
    func `P14: a bad setting is named`(_ name: String, _ value: String) {
        let error = #expect(throws: InvalidSettings.self) { try Settings(environment: [name: value]) }
        let named = name == "PACKLINE_ONLY" ? "--only" : name
        #expect(error?.description.contains(named) == true)
        #expect(error?.problems.count == 1)
        #expect(error?.description.contains("secret") == false)
    }

    @Test func `P14: all bad settings are named at once`() {
        let error = #expect(throws: InvalidSettings.self) {
            try Settings(environment: [
                "PACKLINE_LEASE_SECONDS": "x", "PACKLINE_VENDORS": "x", "PACKLINE_LOG_LEVEL": "x",
            ])
        }
        #expect(error?.problems.count == 3)
    }

    @Test func `nothing set, or set to nothing, means the defaults`() throws {
        for environment in [[:], ["PACKLINE_DATABASE_URL": "", "PACKLINE_ONLY": "", "AWS_REGION": ""]] {
            let settings = try Settings(environment: environment)
            #expect(settings.databaseURL == "sqlite:data/packline.sqlite")
            #expect(settings.bucket == .directory(path: "data/public"))
            #expect(settings.leaseSeconds == 300)
            #expect(settings.sources == SourceName.allCases)
        }
    }

    @Test func `a secret may come from a file`() throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("packline-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        try "hidden\n".write(to: file, atomically: true, encoding: .utf8)
        let settings = try Settings(environment: [
            "PACKLINE_BUCKET_URL": "s3://bucket", "AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY_FILE": file.path,
        ])
        #expect(settings.credentials.secretKey == "hidden")
        let error = #expect(throws: InvalidSettings.self) {
            try Settings(environment: ["AWS_SECRET_ACCESS_KEY_FILE": "/no/such/file"])
        }
        #expect(error?.description.contains("AWS_SECRET_ACCESS_KEY_FILE") == true)
    }

    @Test func `a curated set is read from a file with comments`() throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("packline-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        try "# favourites\nakismet # anti-spam\n\ntheme:astra\n".write(to: file, atomically: true, encoding: .utf8)
        let set = try CuratedSet(file.path)
        #expect(set.contains("akismet", of: .plugins))
        #expect(set.contains("akismet", of: .themes))
        #expect(set.contains("astra", of: .themes))
        #expect(!set.contains("astra", of: .plugins))
    }
}
