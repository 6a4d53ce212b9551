import Crypto
import FoundationEssentials
import NIOCore
import ObjectStorage
import Resilience
import Testing

/// What every store promises, on every store.
@Suite struct ObjectStoreConformanceTests {
    static let oddKeys = [
        "p2/wp-plugin/akismet~dev.json", "a b+c%2Fd.json", "ünï/日本語 😀.json", "q'uote(1)!*;:@&=$,?#[].json",
        "percent%20literal", "<tag>&amp;\"x\".json", "e\u{301}.json", "dots...json", "-dash_under.score",
    ]

    static func etag(of bytes: [UInt8]) -> String {
        Insecure.MD5.hash(data: bytes).map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
    }

    static func upload(
        _ key: String,
        _ text: String,
        _ condition: ObjectUpload.Condition = .none
    ) -> ObjectUpload {
        ObjectUpload(
            key: key,
            bytes: Array(text.utf8),
            cacheControl: ObjectKey.cacheControl(for: key),
            condition: condition
        )
    }

    @Test func `the S3 servers to test with are named`() {
        let environment = ProcessInfo.processInfo.environment
        let isPartial = environment["PACKLINE_TEST_PARTIAL"] == "1"
        #expect(
            isPartial || !TestStore.servers.isEmpty,
            """
            PACKLINE_TEST_S3 names no S3 server (ENDPOINT|BUCKET|ACCESS KEY|SECRET KEY, comma-separated): run the \
            tests with 'make test', or set PACKLINE_TEST_PARTIAL=1 to do without
            """
        )
        let named = environment["PACKLINE_TEST_S3", default: ""].split(separator: ",").count
        #expect(TestStore.servers.count == named, "PACKLINE_TEST_S3 has an entry that cannot be read")
    }

    @Test(arguments: TestStore.all)
    func `an object is read in parts, and hashed on the way`(_ place: TestStore) async throws {
        try await place.with { store in
            let key = "dist/large.zip"
            #expect(try await store.piece(of: key, from: 0, count: 10) == nil)
            #expect(try await store.digests(of: key) == nil)
            let bytes = (0..<(5 << 20 + 3)).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 9) }
            for bytes in [[], [1], bytes] {
                _ = try await store.put(ObjectUpload(key: key, bytes: bytes))
                let digests = try #require(try await store.digests(of: key))
                #expect(digests.size == bytes.count)
                #expect(digests.sha256 == Array(SHA256.hash(data: bytes)))
                #expect(digests.sha1 == Array(Insecure.SHA1.hash(data: bytes)))
            }
            let part = try #require(try await store.piece(of: key, from: bytes.count - 5, count: 100))
            #expect(part.bytes == Array(bytes.suffix(5)) && part.size == bytes.count)
            let whole = try #require(try await store.piece(of: key, from: 0, count: 1))
            #expect(whole.bytes == [bytes[0]] && whole.tag == part.tag)
        }
    }

    @Test(arguments: TestStore.all)
    func `what was put is there until it is replaced or deleted`(_ place: TestStore) async throws {
        try await place.with { store in
            try await store.check()
            let key = "p2/wp-plugin/akismet.json"
            #expect(try await store.head(key) == nil)
            #expect(try await store.get(key, maxBytes: 10) == nil)
            for text in ["one", "another one", ""] {
                let version = try await store.put(Self.upload(key, text))
                #expect(version == ObjectVersion(etag: Self.etag(of: Array(text.utf8)), size: text.utf8.count))
                #expect(try await store.head(key) == version)
                let object = try await store.get(key, maxBytes: 11)
                #expect(object?.bytes == Array(text.utf8))
                #expect(object?.version == version)
            }
            try await store.delete(key)
            #expect(try await store.head(key) == nil)
            try await store.delete(key)
        }
    }

    @Test(arguments: TestStore.servers.map(TestStore.s3))
    func `how long ago an object was written is told by the store's own clock`(_ place: TestStore) async throws {
        try await place.with { store in
            _ = try await store.put(Self.upload("a.json", "x"))
            let age = try #require(try await store.head("a.json")?.secondsSinceModified)
            #expect(age >= 0)
            #expect(store.datesObjects)
        }
    }

    @Test(arguments: TestStore.all)
    func `every key comes back as it was given`(_ place: TestStore) async throws {
        try await place.with { store in
            for key in Self.oddKeys { _ = try await store.put(Self.upload(key, "text of \(key)")) }
            let listed = try await store.list(prefix: "", continuing: nil)
            let objects = listed.objects.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
            let expected = Self.oddKeys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
            #expect(objects.map { Array($0.key.utf8) } == expected.map { Array($0.utf8) })
            #expect(listed.next == nil)
            for (key, object) in zip(expected, objects) {
                let text = "text of \(key)"
                #expect(object.etag == Self.etag(of: Array(text.utf8)))
                #expect(object.size == text.utf8.count)
                #expect(try await store.get(key, maxBytes: 1_000)?.bytes == Array(text.utf8))
                #expect(try await store.head(key)?.etag == object.etag)
                try await store.delete(key)
            }
            #expect(try await store.list(prefix: "", continuing: nil) == ObjectPage(objects: [], next: nil))
        }
    }

    @Test(arguments: TestStore.all)
    func `a first upload does not replace what another writer put there`(_ place: TestStore) async throws {
        try await place.with { store in
            _ = try await store.put(Self.upload("packages.json", "first", .ifNoneMatch))
            if place.has(.ignoresConditions) {
                // Known of this store; the caller's own checks must do without.
                _ = try await store.put(Self.upload("packages.json", "second", .ifNoneMatch))
                return
            }
            let error = await #expect(throws: ObjectStoreError.self) {
                _ = try await store.put(Self.upload("packages.json", "second", .ifNoneMatch))
            }
            #expect(error?.code == .preconditionFailed)
            #expect(error?.isRetryable == false)
            #expect(try await store.get("packages.json", maxBytes: 10)?.bytes == Array("first".utf8))
        }
    }

    @Test(arguments: TestStore.all.filter { !$0.has(.ignoresConditions) })
    func `a replacement needs the version that it replaces`(_ place: TestStore) async throws {
        try await place.with { store in
            let absent = await #expect(throws: ObjectStoreError.self) {
                _ = try await store.put(Self.upload("a.json", "x", .ifMatch(Self.etag(of: []))))
            }
            #expect(absent?.code == .preconditionFailed)
            #expect(try await store.head("a.json") == nil)

            let first = try await store.put(Self.upload("a.json", "first"))
            _ = try await store.put(Self.upload("a.json", "second", .ifMatch(first.etag)))
            let late = await #expect(throws: ObjectStoreError.self) {
                _ = try await store.put(Self.upload("a.json", "third", .ifMatch(first.etag)))
            }
            #expect(late?.code == .preconditionFailed)
            #expect(try await store.get("a.json", maxBytes: 10)?.bytes == Array("second".utf8))
        }
    }

    @Test(arguments: TestStore.all)
    func `a walk has every key once, over pages and folders`(_ place: TestStore) async throws {
        try await place.with { store in
            // Sorted by bytes, the keys of one folder come apart: "a-b/x", "a.b", "a/z", "a0".
            let keys =
                (0..<1_530).map { "p2/wp-plugin/slug-\($0 % 510).\($0 / 510)/\($0).json" }
                + ["a/x", "a/z", "a0", "a-b/x", "a.b", "p2x/y", "p2.json"]
            try await forEachConcurrently(keys, limit: 16) { _ = try await store.put(Self.upload($0, $0)) }

            var pages: [ObjectPage] = []
            try await store.walk { pages.append($0) }
            #expect(pages.count >= 2)
            #expect(pages.allSatisfy { $0.objects.count <= 1_000 })
            let found = pages.flatMap(\.objects)
            #expect(found.map(\.key).sorted() == keys.sorted())
            #expect(found.allSatisfy { $0.etag == Self.etag(of: Array($0.key.utf8)) && $0.size == $0.key.utf8.count })

            for prefix in ["p2/wp-plugin/slug-10", "p2", "a", "a/", "p2/wp-plugin/", "nothing"] {
                let part = try await TestStore.allObjects(of: store, prefix: prefix)
                #expect(part.map(\.key) == keys.filter { $0.hasPrefix(prefix) }.sorted(), "\(prefix)")
            }
        }
    }

    @Test(arguments: TestStore.all)
    func `many objects are deleted at once, whatever their keys`(_ place: TestStore) async throws {
        try await place.with { store in
            let keys = Self.oddKeys + ["]]>"] + (0..<1_005).map { "p2/\($0)" }
            try await forEachConcurrently(keys, limit: 16) { _ = try await store.put(Self.upload($0, "x")) }
            _ = try await store.put(Self.upload("kept", "x"))
            let failures = try await store.deleteMany(keys + ["p2/missing", "../outside", ""])
            #expect(failures.keys.sorted() == ["", "../outside"])
            #expect(failures.values.allSatisfy { $0.code == .invalidKey && $0.operation == .delete })
            #expect(try await TestStore.allObjects(of: store).map(\.key) == ["kept"])
            #expect(try await store.deleteMany(["kept"]).isEmpty)
            #expect(try await store.deleteMany([]).isEmpty)
        }
    }

    @Test(arguments: TestStore.all)
    func `whether a store keeps conditions is found out, and no trace is left`(_ place: TestStore) async throws {
        try await place.with { store in
            let keeps = try await store.detectConditions()
            #expect(keeps == !place.has(.ignoresConditions))
            let left = try await TestStore.allObjects(of: store)
            #expect(left.isEmpty)
        }
    }

    @Test(arguments: TestStore.all)
    func `an object larger than the limit is refused, not read`(_ place: TestStore) async throws {
        try await place.with { store in
            let bytes = [UInt8](repeating: 7, count: 300_000)
            _ = try await store.put(ObjectUpload(key: "big", bytes: bytes))
            #expect(try await store.get("big", maxBytes: 300_000)?.bytes == bytes)
            let error = await #expect(throws: ObjectStoreError.self) {
                _ = try await store.get("big", maxBytes: 299_999)
            }
            #expect(error?.code == .tooLarge)
        }
    }

    @Test(arguments: TestStore.all)
    func `a key that could leave its place is refused`(_ place: TestStore) async throws {
        try await place.with { store in
            for key in ["", "/etc/passwd", "../x", "a/../../x", "a//b", "a/", "./a", "a\nb", "a\0b"] {
                let attempts: [() async throws -> Void] = [
                    { _ = try await store.put(Self.upload(key, "x")) }, { try await store.delete(key) },
                    { _ = try await store.head(key) }, { _ = try await store.get(key, maxBytes: 1) },
                ]
                for attempt in attempts {
                    let error = await #expect(throws: ObjectStoreError.self) { try await attempt() }
                    #expect(error?.code == .invalidKey)
                }
            }
            let page = try await store.list(prefix: "", continuing: nil)
            #expect(page.objects.isEmpty)
        }
    }

    @Test(arguments: TestStore.servers.map(TestStore.s3))
    func `a neighbour of the prefix is not part of it`(_ place: TestStore) async throws {
        guard case .s3(let server) = place else { return }
        try await place.with { store in
            _ = try await store.put(Self.upload("inside", "x"))
            let prefix = String(store.description.split(separator: " ")[0].split(separator: "/").last ?? "")
            try await TestStore.withS3(
                endpoint: try S3Endpoint(server.endpoint),
                bucket: server.bucket,
                prefix: "tests",
                credentials: server.credentials
            ) { outer in
                _ = try await outer.put(Self.upload("\(prefix)0", "x"))
                #expect(try await store.list(prefix: "", continuing: nil).objects.map(\.key) == ["inside"])
                let both = try await TestStore.allObjects(of: outer, prefix: prefix)
                #expect(both.map(\.key) == ["\(prefix)/inside", "\(prefix)0"])
                try await outer.delete("\(prefix)0")
            }
        }
    }

    @Test(arguments: TestStore.servers)
    func `a wrong secret is a clear error`(_ server: TestStore.Server) async throws {
        let wrong = S3Credentials(accessKey: server.credentials.accessKey, secretKey: "not-the-secret-key")
        try await TestStore.withS3(
            endpoint: try S3Endpoint(server.endpoint),
            bucket: server.bucket,
            credentials: wrong
        ) { store in
            // Known of this server: the other tests on it prove nothing about signatures.
            if server.quirks.contains(.ignoresSignatures) { return try await store.check() }
            let error = await #expect(throws: ObjectStoreError.self) { try await store.check() }
            #expect(error?.code == .accessDenied)
            #expect(error?.s3Code == "SignatureDoesNotMatch")
            #expect(error?.remedy == "check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
            #expect(error?.description.contains("not-the-secret-key") == false)
        }
    }

    @Test(arguments: TestStore.servers)
    func `a wrong bucket is a clear error`(_ server: TestStore.Server) async throws {
        try await TestStore.withS3(
            endpoint: try S3Endpoint(server.endpoint),
            bucket: "no-such-bucket-here",
            credentials: server.credentials
        ) { store in
            if server.quirks.contains(.makesBuckets) { return try await store.check() }
            let error = await #expect(throws: ObjectStoreError.self) { try await store.check() }
            #expect(error?.code == .noSuchBucket)
            #expect(error?.isRetryable == false)
        }
    }
}
