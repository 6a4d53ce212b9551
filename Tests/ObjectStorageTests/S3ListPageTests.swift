import Testing

@testable import ObjectStorage

/// A listing decides what is missing, so half a listing must never pass for a whole one.
@Suite struct S3ListPageTests {
    static func page(_ inside: String) -> [UInt8] {
        Array(
            """
            <?xml version="1.0" encoding="UTF-8"?>
            <!-- <Contents> in a comment -->
            <ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>bucket</Name><Prefix/>\(inside)</ListBucketResult>
            """.utf8
        )
    }

    static func object(_ key: String) -> String {
        """
        <Contents><Key>\(key)</Key><LastModified>2024-02-29T00:00:00.000Z</LastModified><ETag>&quot;e&quot;</ETag>\
        <Owner><ID>1</ID><Key>not this</Key></Owner><Size>12</Size><StorageClass>STANDARD</StorageClass></Contents>
        """
    }

    static let end = "<IsTruncated>false</IsTruncated>"

    @Test func `keys are decoded where the server says that they are encoded`() throws {
        let encoded = try S3ListPage(
            Self.page(
                "<EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>"
                    + "<NextContinuationToken>1+&amp;%2F=</NextContinuationToken>"
                    + Self.object("a+b%2Bc%2520/%C3%A9%26~dev") + Self.object("b&apos;")
            )
        )
        #expect(encoded.nextToken == "1+&%2F=")
        #expect(encoded.objects.map(\.key) == ["a b+c%20/é&~dev", "b'"])
        #expect(encoded.objects.first == ListedObject(key: "a b+c%20/é&~dev", etag: "e", size: 12))
        let plain = try S3ListPage(Self.page(Self.end + Self.object("a+b%20&lt;&#233;&#x1F600;")))
        #expect(plain.objects.map(\.key) == ["a+b%20<é😀"])
    }

    @Test func `a folder is not an object`() throws {
        let folder = "<Contents><Key>p2/</Key><ETag></ETag><Size>0</Size></Contents>"
        let page = try S3ListPage(Self.page(Self.end + folder + Self.object("p2/a")))
        #expect(page.objects.map(\.key) == ["p2/a"])
    }

    @Test func `an empty listing is one that says so in full`() throws {
        #expect(try S3ListPage(Self.page(Self.end)).objects.isEmpty)
        let whole = Self.page(Self.end + Self.object("a") + Self.object("b"))
        for length in 0..<whole.count {
            #expect(throws: S3ListPage.Invalid.self, "cut at \(length)") { try S3ListPage(Array(whole[..<length])) }
        }
        #expect(try S3ListPage(whole).objects.count == 2)
    }

    @Test(arguments: [
        "<html><body>Welcome</body></html>", "{}", "<Error><Code>InternalError</Code></Error>",
        "<ListBucketResult></ListBucketResult>",
        "<ListBucketResult><IsTruncated>maybe</IsTruncated></ListBucketResult>",
        "<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>",
        "<ListBucketResult><IsTruncated>false</Contents></ListBucketResult>",
    ])
    func `what is no listing is refused`(_ body: String) {
        #expect(throws: S3ListPage.Invalid.self) { try S3ListPage(Array(body.utf8)) }
    }

    @Test func `an object without its fields and a key that comes twice are refused`() {
        let broken = [
            "<Contents><Key>a</Key><Size>1</Size></Contents>", "<Contents><Key>a</Key><ETag>e</ETag></Contents>",
            "<Contents><ETag>e</ETag><Size>1</Size></Contents>",
            Self.object("a") + Self.object("b")
                + Self.object("a"), Self.object("a") + Self.object("a"),
            "<EncodingType>url</EncodingType>" + Self.object("a%2"),
            "<EncodingType>url</EncodingType>" + Self.object("%ff"),
        ]
        for inside in broken {
            #expect(throws: S3ListPage.Invalid.self, "\(inside)") { try S3ListPage(Self.page(Self.end + inside)) }
        }
    }

    @Test func `a cut listing is asked for again`() async throws {
        let whole = String(decoding: Self.page(Self.end + Self.object("a")), as: UTF8.self)
        try await ScriptedServer.with { _, number in
            .answer(200, body: number == 1 ? String(whole.dropLast(20)) : whole)
        } _: { store, server, _ in
            let page = try await store.list(prefix: "", continuing: nil)
            #expect(page.objects.map(\.key) == ["a"])
            #expect(server.requests.count == 2)
        }
    }

    static func listing(_ key: String, next: String) -> String {
        let more = "<IsTruncated>true</IsTruncated><NextContinuationToken>\(next)</NextContinuationToken>"
        return String(decoding: Self.page(more + Self.object(key)), as: UTF8.self)
    }

    @Test func `a server that lists other keys than were asked for is not followed`() async throws {
        try await ScriptedServer.with(attempts: 1) { _, _ in
            .answer(200, body: Self.listing("m", next: "t"))
        } _: { store, _, _ in
            for (prefix, token) in [("other/", nil), ("m", "t")] {
                let error = await #expect(throws: ObjectStoreError.self) {
                    _ = try await store.list(prefix: prefix, continuing: token)
                }
                #expect(error?.code == .unexpectedAnswer)
            }
            let page = try await store.list(prefix: "m", continuing: "s")
            #expect(page.objects.count == 1 && page.next == "t")
        }
    }

    @Test(
        arguments: [
            // Tokens in a circle, new tokens for the same page, and pages with nothing in them.
            { (number: Int) in Self.listing("key \(number)", next: "token \(number % 3)") },
            { (number: Int) in Self.listing("key", next: "token \(number)") },
            { (number: Int) in
                let more = "<NextContinuationToken>\(number)</NextContinuationToken><IsTruncated>true</IsTruncated>"
                return String(decoding: Self.page(more), as: UTF8.self)
            },
        ] as [@Sendable (Int) -> String]
    )
    func `a walk in circles ends with an error`(_ listing: @escaping @Sendable (Int) -> String) async throws {
        try await ScriptedServer.with { _, number in
            .answer(200, body: listing(number))
        } _: { store, server, _ in
            let error = await #expect(throws: ObjectStoreError.self) { try await store.walk { _ in } }
            #expect(error?.code == .unexpectedAnswer)
            #expect(error?.message.contains("circles") == true)
            #expect(server.requests.count <= 1_001)
        }
    }

    @Test func `a page may be empty before the last one`() async throws {
        let empty = "<NextContinuationToken>x</NextContinuationToken><IsTruncated>true</IsTruncated>"
        try await ScriptedServer.with { _, number in
            .answer(
                200,
                body: String(decoding: Self.page(number == 1 ? empty : Self.end + Self.object("a")), as: UTF8.self)
            )
        } _: { store, _, _ in
            let objects = try await TestStore.allObjects(of: store)
            #expect(objects.map(\.key) == ["a"])
        }
    }
}
