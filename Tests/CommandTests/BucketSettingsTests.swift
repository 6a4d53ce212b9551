import Command
import Pipeline
import Testing

/// P14 for the settings of the bucket: a clear error that names the thing and the remedy.
@Suite struct BucketSettingsTests {
    @Test(arguments: [
        ("PACKLINE_S3_CONDITIONS", "maybe"), ("PACKLINE_STORE_GZIP", "1"), ("PACKLINE_CACHE_CONTROL_ROOT", "a\nb"),
        ("PACKLINE_CACHE_CONTROL_DOCUMENTS", "é"), ("PACKLINE_PURGE_URL", "https://user:secret@host/"),
        ("AWS_WEB_IDENTITY_TOKEN_FILE", "/token"), ("AWS_ENDPOINT_URL_STS", "sts"),
        ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "no-slash"),
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://example.org/secret"),
    ])
    func `P14: a bad setting of the bucket is named`(_ name: String, _ value: String) {
        let error = #expect(throws: InvalidSettings.self) { try Settings(environment: [name: value]) }
        #expect(error?.problems.count == 1)
        #expect(error?.description.contains(name) == true)
        #expect(error?.description.contains("secret") == false)
    }

    @Test func `what is stored and how is set for each class of objects`() throws {
        let defaults = try Settings(environment: [:])
        #expect(defaults.stages.cacheControl(for: "packages.json") == "public, max-age=300")
        #expect(defaults.stages.cacheControl(for: "p2/a/b.json") == "public, max-age=60")
        #expect(!defaults.stages.storeGzip && defaults.stages.conditions == .auto && defaults.purge == nil)
        let settings = try Settings(environment: [
            "PACKLINE_CACHE_CONTROL_ROOT": "no-cache", "PACKLINE_CACHE_CONTROL_DOCUMENTS": "none",
            "PACKLINE_STORE_GZIP": "true", "PACKLINE_S3_CONDITIONS": "off",
        ])
        #expect(settings.stages.cacheControl(for: "packages.json") == "no-cache")
        #expect(settings.stages.cacheControl(for: "p2/a/b.json") == nil)
        #expect(settings.stages.storeGzip && settings.stages.conditions == .off)
    }

    @Test(arguments: [
        (["PACKLINE_PURGE_URL": "https://host/hush"], "PACKLINE_REPOSITORY_URL"),
        (["PACKLINE_CLOUDFLARE_ZONE": "z"], "PACKLINE_CLOUDFLARE_TOKEN"),
        (["PACKLINE_CLOUDFLARE_TOKEN": "hush"], "PACKLINE_CLOUDFLARE_ZONE"),
        (
            ["PACKLINE_CLOUDFLARE_ZONE": "z", "PACKLINE_CLOUDFLARE_TOKEN": "hush", "PACKLINE_PURGE_URL": "https://h/"],
            "set one of them"
        ),
        (["PACKLINE_CLOUDFLARE_ZONE": "z", "PACKLINE_CLOUDFLARE_TOKEN": "hush\nx"], "a line break"),
        (["PACKLINE_BUCKET_URL": "s3://b", "AWS_ACCESS_KEY_ID": "k"], "AWS_SECRET_ACCESS_KEY"),
        (["PACKLINE_BUCKET_URL": "s3://b", "PACKLINE_S3_ENDPOINT": "https://s3.example"], "AWS_ACCESS_KEY_ID"),
    ])
    func `P14: settings that need each other are named, and no secret is`(
        _ environment: [String: String],
        _ text: String
    ) {
        let error = #expect(throws: InvalidSettings.self) { try Settings(environment: environment) }
        #expect(error?.description.contains(text) == true)
        #expect(error?.description.contains("hush") == false)
    }

    @Test func `purged URLs begin where the repository is reached`() throws {
        var environment = ["PACKLINE_PURGE_URL": "https://host/?token=x", "PACKLINE_PUBLIC_URL": "https://public/"]
        #expect(try Settings(environment: environment).purge?.baseURL == "https://public")
        environment["PACKLINE_REPOSITORY_URL"] = "https://cdn/wp/"
        #expect(try Settings(environment: environment).purge?.baseURL == "https://cdn/wp")
    }

    @Test func `credentials may come from a role, and keys win`() throws {
        var environment = [
            "PACKLINE_BUCKET_URL": "s3://b", "PACKLINE_S3_ENDPOINT": "https://s3.example",
            "AWS_WEB_IDENTITY_TOKEN_FILE": "/no/such/file/yet", "AWS_ROLE_ARN": "arn:aws:iam::1:role/r",
        ]
        let role = try Settings(environment: environment)
        #expect(role.credentials.webIdentityTokenFile == "/no/such/file/yet")
        #expect(role.credentials.roleSessionName == "packline")
        environment["AWS_ACCESS_KEY_ID"] = "k"
        environment["AWS_SECRET_ACCESS_KEY"] = "s"
        #expect(try Settings(environment: environment).credentials.accessKey == "k")
        // On an Amazon instance nothing need be set.
        _ = try Settings(environment: ["PACKLINE_BUCKET_URL": "s3://b"])
    }
}
