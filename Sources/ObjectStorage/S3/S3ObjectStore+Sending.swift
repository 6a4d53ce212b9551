import AsyncHTTPClient
import Logging
import NIOCore
import NIOHTTP1
import Resilience
import Synchronization

extension S3ObjectStore {
    /// Signs a request, sends it once and reads the answer, whatever its status.
    ///
    /// - Throws: ``ObjectStoreError`` when no complete answer came; `CancellationError`.
    func exchange(_ request: S3Request) async throws -> HTTPAnswer {
        self.sent.add(1, ordering: .relaxed)
        let query = request.query.isEmpty ? "" : "?\(request.query)"
        do {
            let message = try HTTPClient.Request(
                url: "\(self.address.origin)\(request.path)\(query)",
                method: request.method,
                headers: self.signedHeaders(of: request),
                body: request.body.map { .byteBuffer($0) }
            )
            return try await self.http.exchange(
                message,
                maxBytes: request.maxAnswerBytes,
                timeout: self.configuration.timeout
            )
        } catch is CancellationError {
            throw CancellationError()
        } catch is HTTPAnswerTooLarge where request.operation == .get {
            throw ObjectStoreError.tooLarge(
                request.key ?? "",
                maxBytes: request.maxAnswerBytes,
                store: self.description
            )
        } catch {
            throw ObjectStoreError(transport: error, request: request, store: self)
        }
    }

    func signedHeaders(of request: S3Request) -> HTTPHeaders {
        let moment = self.signingClock.moment()
        let credentials = self.configuration.credentials
        var headers = request.headers
        headers.append(("x-amz-content-sha256", request.payloadHash))
        headers.append(("x-amz-date", moment.timestamp))
        if let token = credentials.sessionToken { headers.append(("x-amz-security-token", token)) }
        let authorization = SignatureV4.authorization(
            method: request.method.rawValue,
            path: request.path,
            query: request.query,
            headers: headers,
            payloadHash: request.payloadHash,
            accessKey: credentials.accessKey,
            moment: moment
        )
        headers.append(("authorization", authorization))
        headers.append(("user-agent", "packline"))
        return HTTPHeaders(headers)
    }

    /// Repeats what may pass by itself, as the configuration says.
    func withRetries<Value>(_ operation: (_ attempt: Int) async throws -> Value) async throws -> Value {
        try await retrying(self.configuration.retry, clock: self.retryClock) { error in
            guard let error = (error as? SomeKeysLeft)?.error ?? error as? ObjectStoreError, error.isRetryable,
                error.retryAfter.map({ $0 <= self.configuration.maxRetryAfter }) ?? true
            else { return .fail }
            self.logger.debug(
                "a request to the object store is repeated",
                metadata: ["error_code": "\(error.code.rawValue)", "error": "\(error)"]
            )
            return .retry(after: error.retryAfter)
        } operation: { attempt in
            try await operation(attempt)
        }
    }
}
