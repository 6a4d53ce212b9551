import ObjectStorage
import Testing

@Suite struct StorageSettingsTests {
    @Test(arguments: [
        ("file:data/public", BucketURL.directory(path: "data/public")), ("file:/srv/x y", .directory(path: "/srv/x y")),
        ("file:///srv/public", .directory(path: "/srv/public")), ("file:.", .directory(path: ".")),
        ("s3://bucket", .s3(bucket: "bucket", prefix: "")), ("s3://bucket/", .s3(bucket: "bucket", prefix: "")),
        ("s3://my.bucket-1/a/b/", .s3(bucket: "my.bucket-1", prefix: "a/b")), ("none", .nowhere),
    ])
    func `a bucket URL names a directory, a bucket or neither`(_ text: String, _ expected: BucketURL) throws {
        #expect(try BucketURL(text) == expected)
    }

    @Test(arguments: [
        "", "data/public", "/srv/public", "https://bucket.example", "S3://bucket", "file:", "file://host/path",
        "file://",
        "s3://", "s3:///prefix", "s3:bucket", "s3://buc ket", "s3://bucket//x", "s3://bucket/../x", "s3://bucket/a\nb",
    ])
    func `any other bucket URL is refused by name, with all forms`(_ text: String) {
        let error = #expect(throws: ObjectStorageSettingError.self) { try BucketURL(text) }
        let name = text.replacing("\n", with: " ")
        #expect(error?.description.hasPrefix("'\(name)': ") == true)
        #expect(error?.description.hasSuffix("write file:PATH, s3://BUCKET/PREFIX or none") == true)
    }

    @Test(arguments: [
        ("https://s3.example", "https://s3.example"), ("http://127.0.0.1:9000/", "http://127.0.0.1:9000"),
        ("HTTPS://S3.Example:443", "https://s3.example"), ("http://[::1]:80", "http://[::1]"),
        ("https://x.example:8443/storage/v1/s3", "https://x.example:8443/storage/v1/s3"),
    ])
    func `an endpoint is a scheme, a host and maybe a port`(_ text: String, _ expected: String) throws {
        #expect(try S3Endpoint(text).description == expected)
    }

    @Test(arguments: [
        "", "s3.example", "ftp://s3.example", "https://", "https://s3.example:0", "https://s3.example:65536",
        "https://s3.example:x", "https://s3.example/?x=1", "https://s3.example/a b", "https://s3 .example",
    ])
    func `what is no endpoint is refused by name`(_ text: String) {
        let error = #expect(throws: ObjectStorageSettingError.self) { try S3Endpoint(text) }
        #expect(error?.description.hasPrefix("'\(text)': ") == true)
    }

    @Test func `a URL with credentials in it is refused without repeating them`() {
        let bucket = #expect(throws: ObjectStorageSettingError.self) { try BucketURL("s3://AKID:hush@bucket/p") }
        let endpoint = #expect(throws: ObjectStorageSettingError.self) {
            try S3Endpoint("https://AKID:hush@s3.example")
        }
        for error in [bucket, endpoint] {
            #expect(error?.description.contains("hush") == false)
            #expect(error?.description.contains("AWS_SECRET_ACCESS_KEY") == true)
        }
    }

    @Test func `path style is the guess for every store but Amazon's`() throws {
        let other = try S3Endpoint("https://account.r2.cloudflarestorage.com")
        #expect(!S3Configuration.prefersPathStyle(bucket: "bucket", endpoint: nil))
        #expect(!S3Configuration.prefersPathStyle(bucket: "bucket", endpoint: .amazon(region: "cn-north-1")))
        #expect(S3Configuration.prefersPathStyle(bucket: "my.bucket", endpoint: nil))
        #expect(S3Configuration.prefersPathStyle(bucket: "bucket", endpoint: other))
        #expect(S3Endpoint.amazon(region: "cn-north-1").description == "https://s3.cn-north-1.amazonaws.com.cn")
    }

    @Test func `keys that a file system or a store could misread are not valid`() {
        let long = String(repeating: "a", count: 255)
        for key in ["a", "p2/wp-plugin/akismet~dev.json", "packages.json", "..a/b..", ".hidden", "é", long] {
            #expect(ObjectKey.isValid(key), "\(key)")
        }
        for key in [
            "", "/", "/a", "a/", "a//b", ".", "..", "a/..", "../a", "a/./b", "a\u{7F}", "a\u{0}", "a\t", long + "a",
            String(repeating: "a/", count: 512) + "a", ".packline-tmp", "a/.packline-tmp/b",
        ] { #expect(!ObjectKey.isValid(key), "\(key)") }
    }

    @Test func `each class of objects has its headers`() {
        #expect(ObjectKey.contentType(for: "p2/wp-plugin/akismet~dev.json") == "application/json")
        #expect(ObjectKey.contentType(for: "dist/akismet.1.2.zip") == "application/zip")
        #expect(ObjectKey.contentType(for: "unknown") == "application/octet-stream")
        #expect(ObjectKey.cacheControl(for: "packages.json") == "public, max-age=300")
        #expect(ObjectKey.cacheControl(for: "p2/wp-plugin/akismet.json") == "public, max-age=60")
        #expect(ObjectKey.cacheControl(for: "p2.txt") == nil)
        let upload = ObjectUpload(key: "index.html", bytes: [])
        #expect(upload.contentType == "text/html; charset=utf-8")
        #expect(upload.cacheControl == nil && upload.condition == .none)
    }
}
