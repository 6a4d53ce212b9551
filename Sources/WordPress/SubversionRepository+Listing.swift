import Facts
import NIOCore
import NIOHTTP1
package import Upstream

/// One directory of the top level.
package struct ListingEntry: Equatable, Sendable {
    /// As it is in the repository, without slash: escapes are decoded.
    ///
    /// Any name may be in there.
    package var name: String

    package init(name: String) { self.name = name }
}

extension SubversionRepository {
    /// An `ETag` of more bytes is not kept, nor sent: a server that gives one would refuse the request.
    private static let maxETagBytes = 1_024

    /// Hands each directory of the top level to `onEntry`, as the page comes in.
    ///
    /// A failure is tried again only as long as `onEntry` has got nothing: afterwards two pages would be mixed.
    ///
    /// - Parameter etag: That of the last complete answer, to learn whether anything has changed.
    /// - Throws: ``UpstreamError``, `truncated` when the page ends early, `malformed` when it is no listing; what
    ///   `onEntry` got before then is worth nothing. Or what `onEntry` throws.
    package func readListing(
        ifNoneMatch etag: String?,
        onEntry: (ListingEntry) throws -> Void
    ) async throws -> ListingAnswer {
        var request = UpstreamRequest(method: .GET, url: "\(self.url)/", length: .streamed)
        if let etag, etag.utf8.count <= Self.maxETagBytes { request.headers.append(("If-None-Match", etag)) }
        let isConditional = !request.headers.isEmpty
        var entries = 0
        return try await self.client.send(request) { answer in
            do {
                return try await self.readPage(answer, isConditional: isConditional) { entry in
                    entries += 1
                    try onEntry(entry)
                }
            } catch var error as UpstreamError where entries > 0 && error.isRetryable {
                error.isFinalHere = true
                throw error
            }
        }
    }

    private func readPage(
        _ answer: UpstreamAnswer,
        isConditional: Bool,
        onEntry: (ListingEntry) throws -> Void
    ) async throws -> ListingAnswer {
        if answer.status == .notModified, isConditional { return .notModified }
        guard answer.status == .ok else { throw answer.unexpectedStatus(expected: "200 or 304") }
        var parser = ListingParser(label: answer.label)
        var received = 0
        let limit = self.client.configuration.maxAnswerBytes
        try await answer.forEachChunk { chunk in
            received += chunk.readableBytes
            guard received <= limit else {
                throw answer.label.error(
                    .tooLarge,
                    "the listing has more than \(limit) bytes; it was not read further",
                    isRetryable: false
                )
            }
            try parser.read(chunk, onEntry: onEntry)
            return true
        }
        let revision = try parser.finish(onEntry: onEntry)
        let etag = answer.headers.first(name: "ETag").map(Self.uncompressed(etag:))
            .flatMap { $0.utf8.count <= Self.maxETagBytes ? $0 : nil }
        return .complete(position: Position("\(revision)"), etag: etag)
    }

    /// Apache marks the `ETag` of what it compresses, and then does not know it again: `W/"200//-gzip"`.
    private static func uncompressed(etag: String) -> String {
        etag.hasSuffix("-gzip\"") ? String(etag.dropLast(6)) + "\"" : etag
    }
}
