import Command
import Facts
import Foundation
import ObjectStorage
import Pipeline
import TestSupport
import Testing
import Upstream
import WordPress

@testable import Pipeline

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
        ("PACKLINE_AUTH_BEARER", ","), ("PACKLINE_AUTH_BEARER", "secret,"), ("PACKLINE_AUTH_BASIC", ",,"),
        ("PACKLINE_AUTH_BASIC", "user:secret, ,user:secret"), ("PACKLINE_AUTH_BASIC", "user:"),
        ("PACKLINE_AUTH_BEARER", "se\ncret"), ("PACKLINE_SOURCES", ","),
        ("PACKLINE_SOURCES", "wordpress-core,wordpress-core"),
        ("PACKLINE_CONTACT", "https://a\nb"),
        ("PACKLINE_CONTACT", "M\u{fc}ller"), ("AWS_REGION", "eu west"), ("AWS_REGION", "eu\n-west"),
        ("AWS_REGION", "a/b"),
        ("PACKLINE_REDIRECT_HOSTS", "https://host"), ("PACKLINE_REDIRECT_HOSTS", "a,,b"),
        ("PACKLINE_WPORG_API_URL", "https://host:99999"), ("PACKLINE_WPORG_API_URL", "https://ho st"),
        ("PACKLINE_DATABASE_URL", "postgres://u:sec@ret@h/d"), ("AWS_ACCESS_KEY_ID", "se cret"),
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:99999/secret"),
    ])
    func `P14: a bad setting is named`(_ name: String, _ value: String) {
        let error = #expect(throws: InvalidSettings.self) { try Settings(environment: [name: value]) }
        let named = name == "PACKLINE_ONLY" ? "--only" : name
        #expect(error?.description.contains(named) == true)
        #expect(error?.problems.count == 1)
        #expect(error?.description.contains("secret") == false)
    }

    @Test func `P14: two sources that would publish the same names are refused`() {
        var environment = [
            "PACKLINE_SOURCES": "wordpress-plugins,wordpress-core", "PACKLINE_VENDORS": "wp-core,wp-theme",
        ]
        let error = #expect(throws: InvalidSettings.self) { try Settings(environment: environment) }
        #expect(error?.problems.count == 1)
        #expect(
            error?.description.contains("wordpress-plugins and wordpress-core would both publish wp-core/*") == true
        )
        environment["PACKLINE_SOURCES"] = "wordpress-plugins"
        #expect(throws: Never.self) { try Settings(environment: environment) }
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
        for environment in [
            [:], ["PACKLINE_BUCKET_URL": "", "PACKLINE_ONLY": "", "AWS_REGION": "", "PACKLINE_CONTACT": " \n"],
        ] {
            let settings = try Settings(environment: environment)
            #expect(settings.databaseURL == "sqlite:data/packline.sqlite")
            #expect(settings.stages.bucket == .directory(path: "data/public"))
            #expect(settings.stages.leaseSeconds == 300)
            #expect(settings.stages.sources.map(\.name.rawValue) == ["wordpress-plugins", "wordpress-themes"])
        }
    }

    @Test(arguments: [
        "PACKLINE_DATABASE_URL", "PACKLINE_AUTH_BASIC", "PACKLINE_AUTH_BEARER", "PACKLINE_CLOUDFLARE_TOKEN",
        "PACKLINE_PURGE_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    ])
    func `P14: a secret that is set and empty is an error`(_ name: String) throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("packline-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        for content in ["", "\n", " \r\n\t", "\u{FEFF}\n"] {
            try content.write(to: file, atomically: true, encoding: .utf8)
            for environment in [[name: content], ["\(name)_FILE": content], ["\(name)_FILE": file.path]] {
                // Of what only counts in a file of its own, the file is read later.
                if name == "AWS_CONTAINER_AUTHORIZATION_TOKEN", environment[name] == nil { continue }
                let error = #expect(throws: InvalidSettings.self) { try Settings(environment: environment) }
                #expect(error?.description.contains(name) == true)
            }
            // A file beside a variable that is empty is a value.
            if name == "PACKLINE_AUTH_BEARER" {
                try "token".write(to: file, atomically: true, encoding: .utf8)
                #expect(try Settings(environment: [name: "", "\(name)_FILE": file.path]).bearerTokens == ["token"])
            }
        }
    }

    @Test func `P14: a secret's file that is a folder, is not there or is no text is an error`() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("packline-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: folder) }
        let bytes = folder.appendingPathComponent("bytes")
        try Data([0x66, 0xFF, 0xFE, 0x00]).write(to: bytes)
        for name in ["PACKLINE_AUTH_BASIC", "PACKLINE_AUTH_BEARER", "PACKLINE_DATABASE_URL"] {
            for path in [folder.path, folder.path + "/none", bytes.path] {
                let error = #expect(throws: InvalidSettings.self) { try Settings(environment: ["\(name)_FILE": path]) }
                #expect(error?.problems == ["\(name)_FILE is '\(path)', which can't be read"])
            }
        }
    }

    @Test func `P14: a file that a setting comes from is not empty`() throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("packline-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        try "\n".write(to: file, atomically: true, encoding: .utf8)
        let error = #expect(throws: InvalidSettings.self) {
            try Settings(environment: ["PACKLINE_CONTACT_FILE": file.path])
        }
        #expect(error?.description.contains("which is empty") == true)
    }

    @Test func `white space at the ends of a value is dropped, wherever it comes from`() throws {
        let settings = try Settings(
            environment: [
                "PACKLINE_CONTACT": "https://example.org\n", "AWS_REGION": " eu-west-1\r\n",
                "PACKLINE_LEASE_SECONDS": "60 ", "PACKLINE_AUTH_BEARER": " a , b\n",
                "PACKLINE_S3_ENDPOINT": "http://s3\n",
                "AWS_ACCESS_KEY_ID": "key\n", "AWS_SECRET_ACCESS_KEY": " secret",
                "PACKLINE_WPORG_API_URL": "https://api.example/\n", "PACKLINE_REDIRECT_HOSTS": "CDN.example, b:8443\n",
            ],
            overrides: ["PACKLINE_BUCKET_URL": "s3://bucket\n", "PACKLINE_LOG_LEVEL": "debug "]
        )
        #expect(settings.contact == "https://example.org" && settings.region == "eu-west-1")
        #expect(
            settings.stages.leaseSeconds == 60 && settings.bearerTokens == ["a", "b"] && settings.logLevel == "debug"
        )
        #expect(
            (settings.stages.sources.first as? DirectorySource)?.settings.apiURL == "https://api.example"
                && settings.s3Endpoint?.host == "s3"
        )
        #expect(settings.credentials.accessKey == "key" && settings.credentials.secretKey == "secret")
        #expect(settings.redirectHosts == ["cdn.example", "b:8443"])
        #expect(settings.stages.bucket == .s3(bucket: "bucket", prefix: ""))
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
        let set = try CuratedSet(file.path, sources: try Settings(environment: [:]).stages.sources)
        #expect(set.contains("akismet", of: SourceName("wordpress-plugins")))
        #expect(set.contains("akismet", of: SourceName("wordpress-themes")))
        #expect(set.contains("astra", of: SourceName("wordpress-themes")))
        #expect(!set.contains("astra", of: SourceName("wordpress-plugins")))
    }
}
