import AsyncHTTPClient
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import Resilience
import Synchronization

extension S3ObjectStore {
    /// Signs a request, sends it and reads the answer, whatever its status.
    ///
    /// Sends it once, and once more with new credentials where the store says that these have expired.
    ///
    /// - Throws: ``ObjectStoreError`` when no complete answer came; `CancellationError`.
    func exchange(_ request: S3Request) async throws -> HTTPAnswer {
        do {
            let signer = try await self.credentials.signer()
            let answer = try await self.exchange(request, signer)
            guard self.credentials.source.isRefreshable, Self.saysExpired(answer, to: request) else { return answer }
            let replacement = try await self.credentials.replacement(of: signer)
            return replacement === signer ? answer : try await self.exchange(request, replacement)
        } catch let error as CredentialError {
            throw ObjectStoreError(
                code: .accessDenied,
                operation: request.operation,
                key: request.key,
                store: self.description,
                message: "no credentials from \(error.source): \(error.problem)",
                isRetryable: error.isRetryable,
                remedy: error.remedy
            )
        }
    }

    /// Sends a request as somebody without credentials does.
    func unsignedExchange(_ request: S3Request) async throws -> HTTPAnswer { try await self.exchange(request, nil) }

    private func exchange(_ request: S3Request, _ signer: Signer?) async throws -> HTTPAnswer {
        self.sent.add(1, ordering: .relaxed)
        let query = request.query.isEmpty ? "" : "?\(request.query)"
        do {
            return try await self.concurrency.withSlot {
                // Signed when there is room for it: a signature is good for some minutes only.
                let message = try HTTPClient.Request(
                    url: "\(self.address.origin)\(request.path)\(query)",
                    method: request.method,
                    headers: signer.map { self.signedHeaders(of: request, by: $0) } ?? HTTPHeaders(request.headers),
                    body: request.body.map(self.httpBody)
                )
                let answer = try await self.http.exchange(
                    message,
                    maxBytes: request.maxAnswerBytes,
                    timeout: self.configuration.timeout(for: request),
                    pace: self.configuration.pace
                )
                self.configuration.onAnswer?(answer.headers)
                return (answer, Self.load(of: answer))
            }
        } catch is CancellationError {
            throw CancellationError()
        } catch is HTTPAnswerTooLarge where request.operation == .get {
            throw ObjectStoreError.tooLarge(
                request.key ?? "",
                maxBytes: request.maxAnswerBytes,
                store: self.description
            )
        } catch let error as FileBody.NotAsSaid {
            throw ObjectStoreError(error, key: request.key, store: self.description)
        } catch let error as FileCallError {
            throw ObjectStoreError(error, operation: request.operation, key: request.key, store: self.description)
        } catch {
            throw ObjectStoreError(transport: error, request: request, store: self)
        }
    }

    /// A file is opened anew at each try, and read as fast as the store takes it.
    private func httpBody(_ body: S3Body) -> HTTPClient.Body {
        switch body {
        case .buffer(let buffer): return .byteBuffer(buffer)
        case .file(let file):
            let eventLoop = self.http.eventLoopGroup.any()
            return .stream(contentLength: Int64(file.size)) { writer in
                eventLoop.makeFutureWithTask {
                    let body = try await NIOThreadPool.singleton.runIfActive { try FileBody(file, hasETag: false) }
                    while true {
                        let piece = try await NIOThreadPool.singleton.runIfActive { try body.next() }
                        if piece.isLast { return piece.bytes }
                        // A request that has its answer already, or no connection, says so itself.
                        do { try await writer.write(.byteBuffer(ByteBuffer(bytes: piece.bytes))).get() } catch {
                            return []
                        }
                    }
                }.map { last in
                    // Not waited for: an answer that came before the end of the body was said would be lost.
                    if !last.isEmpty { _ = writer.write(.byteBuffer(ByteBuffer(bytes: last))) }
                }
            }
        }
    }

    /// Whether the store has more to do than it can; a slow client's `RequestTimeout` is one of its signs.
    private static func load(of answer: HTTPAnswer) -> AdaptiveConcurrency.Load {
        switch answer.status {
        case 429, 503: .overload
        case 400, 408: S3ErrorBody(answer.bodyBytes).code == "RequestTimeout" ? .overload : .unknown
        case 200..<300, 404, 412: .fine
        default: .unknown
        }
    }

    private static func saysExpired(_ answer: HTTPAnswer, to request: S3Request) -> Bool {
        guard [400, 401, 403].contains(answer.status) else { return false }
        // The answer to HEAD has no body that could say so.
        if request.method == .HEAD { return answer.status == 400 }
        return ["ExpiredToken", "InvalidToken", "TokenRefreshRequired"].contains(S3ErrorBody(answer.bodyBytes).code)
    }

    func signedHeaders(of request: S3Request, by signer: Signer) -> HTTPHeaders {
        let moment = signer.clock.moment()
        let credentials = signer.credentials
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
