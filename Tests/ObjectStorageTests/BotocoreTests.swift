import AsyncHTTPClient
import Logging
import NIOHTTP1
import Testing

@testable import ObjectStorage

/// Whole requests, compared with what Amazon's own tools send.
@Suite struct BotocoreTests {
    static let body = Array(#"{"packages":{}}"#.utf8)
    static let plain = "p2/wp-plugin/akismet.json"
    static let oddKeys = [
        "a b+c%2Fd.json", "p2/ünï/日本語 😀.json", "q'uote(1)!*;:@&=$,?#[].json", "p2/a%20b/<\"x\">.json",
    ]

    static func store(
        endpoint: String? = "http://127.0.0.1:9000",
        prefix: String = "",
        region: String = "us-east-1",
        token: String? = nil
    ) throws -> S3ObjectStore {
        let credentials = S3Credentials(
            accessKey: "AKIDEXAMPLE",
            secretKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
            sessionToken: token
        )
        let configuration = S3Configuration(
            bucket: "bucket",
            prefix: prefix,
            endpoint: try endpoint.map { try S3Endpoint($0) },
            region: region,
            credentials: credentials
        )
        return S3ObjectStore(
            http: .shared,
            configuration: configuration,
            logger: Logger(label: "test")
        )
    }

    static func put(
        _ store: S3ObjectStore,
        key: String = Self.plain,
        cacheControl: String? = nil,
        contentEncoding: String? = nil,
        condition: ObjectUpload.Condition = .none
    ) -> String? {
        let object = ObjectUpload(
            key: key,
            bytes: Self.body,
            cacheControl: cacheControl,
            contentEncoding: contentEncoding,
            condition: condition
        )
        return Self.authorization(of: store.putRequest(object), store)
    }

    private static func authorization(of request: S3Request, _ store: S3ObjectStore) -> String? {
        guard let credentials = store.configuration.credentials as? S3Credentials else { return nil }
        let signer = Signer(credentials.issue(), region: store.configuration.region) { 1_709_251_199 }
        return store.signedHeaders(of: request, by: signer).first(name: "authorization")
    }

    @Test(arguments: BotocoreVectors.all.keys.sorted())
    func `a request is signed as botocore signs it`(_ name: String) throws {
        let expected = try #require(BotocoreVectors.all[name])
        let authorization = try #require(try Self.authorization(ofCase: name))
        let parts = authorization.split(separator: ", ")
        #expect(parts.count == 3)
        #expect(parts[1] == "SignedHeaders=\(expected.signedHeaders)")
        #expect(parts[2] == "Signature=\(expected.signature)")
    }

    private static func authorization(ofCase name: String) throws -> String? {
        let store = try Self.store()
        let signed = { (request: S3Request) in Self.authorization(of: request, store) }
        switch name {
        case "put": return Self.put(store)
        case "put dev": return Self.put(store, key: "p2/wp-plugin/akismet~dev.json")
        case "put with every header":
            return Self.put(
                store,
                cacheControl: "  public,  max-age=60 ",
                contentEncoding: "gzip",
                condition: .ifMatch("9a0364b9e99bb480dd25e1f0284c8555")
            )
        case "first upload": return Self.put(store, key: "packages.json", condition: .ifNoneMatch)
        case "temporary credentials":
            return Self.put(try Self.store(token: "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22w="))
        case "virtual host": return Self.put(try Self.store(endpoint: nil, region: "eu-central-1"))
        case "prefix": return Self.put(try Self.store(prefix: "mirror/of wp"))
        case "head": return signed(store.request(.head, .HEAD, key: Self.plain))
        case "get": return signed(store.request(.get, .GET, key: Self.plain))
        case "delete": return signed(store.request(.delete, .DELETE, key: Self.plain))
        case "list": return signed(store.listRequest(.list, prefix: "", token: nil, limit: 1_000))
        case "list on": return signed(store.listRequest(.list, prefix: "p2/", token: "1/ab+~é==", limit: 1_000))
        case "delete many": return signed(store.deleteRequest(["p2/a&b.json", "<é>"]))
        default:
            let number = name.split(separator: " ").last.flatMap { Int($0) }
            return Self.put(store, key: Self.oddKeys[try #require(number)])
        }
    }
}
