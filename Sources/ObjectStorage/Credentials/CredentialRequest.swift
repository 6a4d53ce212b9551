import AsyncHTTPClient
import FoundationEssentials
import NIOHTTP1

/// One request to a service that issues credentials.
struct CredentialRequest {
    /// ``CredentialSource/description``, for errors.
    var source: String
    var url: String
    var method = HTTPMethod.GET
    var headers: HTTPHeaders = [:]
    var body: [UInt8] = []
    var timeout: Duration
    /// What to do when there is no answer or a refusal.
    var remedy: String

    /// - Throws: ``CredentialError`` when no complete answer came or one that is no success; `CancellationError`.
    func send(_ http: HTTPClient) async throws -> [UInt8] {
        let answer: HTTPAnswer
        do {
            let request = try HTTPClient.Request(
                url: self.url,
                method: self.method,
                headers: self.headers,
                body: self.body.isEmpty ? nil : .bytes(self.body)
            )
            answer = try await http.exchange(request, maxBytes: 256 * 1_024, timeout: self.timeout)
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            throw self.error(ObjectStoreError.transportMessage(of: error), isRetryable: true)
        }
        guard (200..<300).contains(answer.status) else {
            // Messages are left out: a service may repeat the token that it was sent.
            let code = S3ErrorBody(answer.bodyBytes).code ?? Self.jsonCode(answer.bodyBytes)
            throw self.error(
                "status \(answer.status)\(code.map { " \($0)" } ?? "")",
                isRetryable: answer.status >= 500 || answer.status == 429 || code == "IDPCommunicationError"
            )
        }
        return answer.bodyBytes
    }

    func error(_ problem: String, isRetryable: Bool = false) -> CredentialError {
        CredentialError(source: self.source, problem: problem, remedy: self.remedy, isRetryable: isRetryable)
    }

    private static func jsonCode(_ body: [UInt8]) -> String? {
        struct Refusal: Decodable { var code: String? }
        let code = try? JSONDecoder().decode(Refusal.self, from: Data(body)).code
        return code.flatMap { PlainWord.code($0) }
    }

    /// Reads the document of the container and instance services.
    func credentials(inJSON body: [UInt8]) throws -> IssuedCredentials {
        struct Document: Decodable {
            var AccessKeyId: String
            var SecretAccessKey: String
            var Token: String?
            var Expiration: String?
        }
        guard let document = try? JSONDecoder().decode(Document.self, from: Data(body)) else {
            throw self.error("the answer is not a document with AccessKeyId and SecretAccessKey")
        }
        return try self.credentials(
            document.AccessKeyId,
            document.SecretAccessKey,
            token: document.Token,
            expiration: document.Expiration
        )
    }

    func credentials(
        _ accessKey: String,
        _ secretKey: String,
        token: String?,
        expiration: String?
    ) throws -> IssuedCredentials {
        let expiresAt = expiration.flatMap(Self.unixTime(of:))
        guard expiration == nil || expiresAt != nil else {
            throw self.error("the answer's Expiration is not a time such as 2026-01-31T23:59:59Z")
        }
        return IssuedCredentials(
            credentials: S3Credentials(accessKey: accessKey, secretKey: secretKey, sessionToken: token),
            expiresAt: expiresAt
        )
    }

    /// Unix time in seconds of an ISO 8601 time, with or without a fraction.
    static func unixTime(of text: String) -> Int64? {
        let date =
            (try? Date.ISO8601FormatStyle().parse(text))
            ?? (try? Date.ISO8601FormatStyle(includingFractionalSeconds: true).parse(text))
        return date.flatMap { Int64(exactly: $0.timeIntervalSince1970.rounded(.down)) }
    }

    /// A secret that another program keeps in a file, read anew each time.
    static func secret(inFile path: String, source: String, variable: String) throws -> String {
        let remedy = "check \(variable) and that this user may read the file"
        guard let text = try? String(contentsOf: URL(filePath: path), encoding: .utf8) else {
            throw CredentialError(source: source, problem: "the file \(path) can't be read", remedy: remedy)
        }
        let trimmed = text.trimmingCharacters()
        guard !trimmed.isEmpty else {
            throw CredentialError(source: source, problem: "the file \(path) is empty", remedy: remedy)
        }
        return trimmed
    }
}

extension String {
    /// Without white space at either end.
    fileprivate func trimmingCharacters() -> String {
        String(self.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    }
}
