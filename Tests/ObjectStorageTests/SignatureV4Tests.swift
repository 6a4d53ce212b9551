import Crypto
import Synchronization
import Testing
import Wire

@testable import ObjectStorage

/// The examples that Amazon publishes.
@Suite struct SignatureV4Tests {
    struct Example: CustomTestStringConvertible, Sendable {
        var name: String
        var method = "GET"
        var path = "/"
        var query = ""
        var headers: [[String]] = []
        var body = ""
        var signature: String
        var testDescription: String { self.name }
    }

    /// Of `aws-sig-v4-test-suite`, those that don't normalise the path, which S3 doesn't do.
    static let suite = [
        Example(name: "get-vanilla", signature: "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
        Example(
            name: "get-vanilla-query-order-key-case",
            query: "Param1=value1&Param2=value2",
            signature: "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"
        ),
        Example(
            name: "get-unreserved",
            path: "/"
                + Percent.encoded(
                    "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
                    keepsSlash: true
                ),
            signature: "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f"
        ),
        Example(
            name: "get-utf8",
            path: Percent.encoded("/ሴ", keepsSlash: true),
            signature: "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85"
        ),
        Example(
            name: "get-vanilla-utf8-query",
            query: Percent.encoded("ሴ") + "=bar",
            signature: "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04"
        ),
        Example(
            name: "post-vanilla",
            method: "POST",
            signature: "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"
        ),
        Example(
            name: "post-header-key-sort",
            method: "POST",
            headers: [["my-header1", "value1"]],
            signature: "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c"
        ),
        Example(
            name: "post-x-www-form-urlencoded",
            method: "POST",
            headers: [["content-type", "application/x-www-form-urlencoded"]],
            body: "Param1=value1",
            signature: "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"
        ),
    ]

    @Test(arguments: Self.suite)
    func `the signature is the one of Amazon's test suite`(_ example: Example) {
        let authorization = Self.authorization(
            of: example,
            host: "example.amazonaws.com",
            accessKey: "AKIDEXAMPLE",
            secretKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
            service: "service",
            second: 1_440_938_160,
            sendsPayloadHash: false
        )
        #expect(
            authorization.hasPrefix(
                "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders="
            )
        )
        #expect(authorization.hasSuffix(", Signature=\(example.signature)"))
    }

    /// Of "Examples: Signature Calculations" in the S3 API reference.
    static let documented = [
        Example(
            name: "GET object",
            path: "/test.txt",
            headers: [["range", "bytes=0-9"]],
            signature: "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
        ),
        Example(
            name: "PUT object",
            method: "PUT",
            path: Percent.encoded("/test$file.text", keepsSlash: true),
            headers: [["date", "Fri, 24 May 2013 00:00:00 GMT"], ["x-amz-storage-class", "REDUCED_REDUNDANCY"]],
            body: "Welcome to Amazon S3.",
            signature: "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"
        ),
        Example(
            name: "GET bucket lifecycle",
            query: "lifecycle=",
            signature: "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"
        ),
        Example(
            name: "GET bucket (list objects)",
            query: "max-keys=2&prefix=J",
            signature: "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"
        ),
    ]

    @Test(arguments: Self.documented)
    func `the signature is the one of S3's documentation`(_ example: Example) {
        let authorization = Self.authorization(
            of: example,
            host: "examplebucket.s3.amazonaws.com",
            accessKey: "AKIAIOSFODNN7EXAMPLE",
            secretKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            service: "s3",
            second: 1_369_353_600,
            sendsPayloadHash: true
        )
        #expect(authorization.hasSuffix(", Signature=\(example.signature)"))
    }

    private static func authorization(
        of example: Example,
        host: String,
        accessKey: String,
        secretKey: String,
        service: String,
        second: Int64,
        sendsPayloadHash: Bool
    ) -> String {
        let moment = SigningClock(secretKey: secretKey, region: "us-east-1", service: service) { second }.moment()
        let hash = Hexadecimal.text(Array(SHA256.hash(data: Array(example.body.utf8))))
        var headers: [SignedHeader] = example.headers.map { ($0[0], $0[1]) }
        headers += [("host", host), ("x-amz-date", moment.timestamp)]
        if sendsPayloadHash { headers.append(("x-amz-content-sha256", hash)) }
        headers.sort { $0.name < $1.name }
        return SignatureV4.authorization(
            method: example.method,
            path: example.path,
            query: example.query,
            headers: headers,
            payloadHash: hash,
            accessKey: accessKey,
            moment: moment
        )
    }

    @Test func `the date and the derived key change with the second and the day`() {
        let second = Mutex<Int64>(1_709_251_199)
        let clock = SigningClock(secretKey: "secret", region: "auto") { second.withLock { $0 } }
        let before = clock.moment()
        #expect(clock.moment() === before)
        second.withLock { $0 += 1 }
        let after = clock.moment()
        #expect([before.timestamp, after.timestamp] == ["20240229T235959Z", "20240301T000000Z"])
        #expect(before.day.scope == "20240229/auto/s3/aws4_request")
        #expect(after.day.scope == "20240301/auto/s3/aws4_request")
        second.withLock { $0 += 1 }
        #expect(clock.moment().day === after.day)
        #expect(before.day.key != after.day.key)
    }
}
