import AsyncHTTPClient
package import NIOCore
import NIOHTTP1
import NIOPosix
import Resilience
import Synchronization

extension S3ObjectStore {
    /// A request for a part of an object names it in `Range`; who takes pieces slowly is sent them slowly.
    @concurrent
    package func read(
        _ key: String,
        range: Range<Int64>?,
        _ piece: @concurrent (ByteBuffer) async throws -> Void
    ) async throws -> Bool {
        guard self.isValidKey(key) else {
            throw ObjectStoreError.invalidKey(key, operation: .get, store: self.description)
        }
        if let range, range.isEmpty { return try await self.head(key) != nil }
        let request = self.request(.get, .GET, key: key)
        // Not among the requests that the store's load decides on: it lasts as long as somebody takes its answer.
        guard let (body, start) = try await self.withRetries({ _ in try await self.open(request, range) }) else {
            return false
        }
        var position = start
        do {
            for try await bytes in body {
                let end = position + Int64(bytes.readableBytes)
                let (first, last) = (max(position, range?.lowerBound ?? 0), min(end, range?.upperBound ?? end))
                let offset = bytes.readerIndex + Int(first - position)
                if first < last, let part = bytes.getSlice(at: offset, length: Int(last - first)) {
                    try await piece(part)
                }
                position = end
                if let range, position >= range.upperBound { break }
            }
        } catch let error where error is HTTPClientError || error is NIOConnectionError || error is IOError {
            throw ObjectStoreError(transport: error, request: request, store: self)
        }
        return true
    }

    /// - Returns: The bytes, and where in the object they begin; nil where there is no such object.
    private func open(
        _ request: S3Request,
        _ range: Range<Int64>?
    ) async throws -> (body: HTTPClientResponse.Body, start: Int64)? {
        var message = HTTPClientRequest(url: "\(self.address.origin)\(request.path)")
        message.method = request.method
        let answer: HTTPClientResponse
        do {
            message.headers = self.signedHeaders(of: request, by: try await self.credentials.signer())
            if let range {
                message.headers.add(name: "range", value: "bytes=\(range.lowerBound)-\(range.upperBound - 1)")
            }
            self.sent.add(1, ordering: .relaxed)
            answer = try await self.http.execute(message, timeout: TimeAmount(self.configuration.timeout))
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
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            throw ObjectStoreError(transport: error, request: request, store: self)
        }
        // Servers need not know parts.
        if answer.status.code == 200 { return (answer.body, 0) }
        if let range, answer.status.code == 206 { return (answer.body, range.lowerBound) }
        // What is not an object says why, in few bytes.
        let body = try? await answer.body.collect(upTo: HTTPAnswerCollector.maxErrorBytes)
        let failure = HTTPAnswer(
            status: Int(answer.status.code),
            headers: answer.headers,
            body: body ?? ByteBuffer()
        )
        if self.saysMissing(failure) { return nil }
        // It would be another part than the one that was asked for.
        if (200..<300).contains(failure.status) {
            throw self.unexpectedAnswer(to: request, failure, "it is not the part that was asked for")
        }
        throw self.failure(of: request, failure)
    }
}
