import NIOCore
import NIOHTTP1
import SystemPackage
import Transport
import Upstream
import Wire

/// The bytes of one answer, not checked yet.
struct ReceivedArchive: Sendable {
    var content: ArchiveContent
    var digests: ArchiveDigests
}

/// One archive at one address: what is asked, and what the answers mean.
struct ArchiveTransfer: Sendable {
    struct Answer: Sendable {
        var lastModifiedSeconds: Int64?
        var etag: String?
    }

    /// Bytes of an error's page that are read.
    private static let errorBytes = 4_096

    var address: ArchiveAddress
    /// See ``UpstreamRequest/namedBy``.
    var namedBy: String?
    /// Those of this host.
    var credentials: [HostCredential]
    var shasum: String?
    var excerpts: ExcerptWish?
    /// The most bytes that it may have.
    var maxBytes: Int
    /// See ``ArchiveRequest/bytesLeft``.
    var bytesLeft: Int?
    /// Whether it is only wanted where everybody can have it.
    var isPublicOnly = false

    var request: UpstreamRequest {
        var request = UpstreamRequest(
            method: .GET,
            url: self.address.text,
            headers: self.credentials.map { ($0.name, $0.value) },
            length: .archive,
            namedBy: self.namedBy
        )
        request.redirects = .anywhere
        request.acceptsPacked = false
        request.dropsQueries = self.isPublicOnly
        return request
    }

    /// Reads one answer.
    ///
    /// - Throws: ``ArchiveError``, ``ArchiveRefusal``, what ``ArchiveSink`` fails with, or ``UpstreamError`` where another
    ///   try may help.
    func receive(
        _ answer: UpstreamAnswer,
        _ room: ArchiveRoom,
        _ reserved: ByteReservation?
    ) async throws -> (Answer, ReceivedArchive) {
        let status = Int(answer.status.code)
        // Only there a text says more than the headers.
        let text = status == 403 ? try await self.text(of: answer) : ""
        switch AnswerVerdict.of(
            status,
            answer.headers,
            from: self.address.service,
            hasCredential: !self.credentials.isEmpty,
            text: text
        ) {
        case .archive: break
        case .again:
            var error = answer.unexpectedStatus(expected: "200")
            error.isRetryable = true
            throw error
        case .failure(let reason, let detail, let wait):
            throw self.error(reason, detail, status: status, wait: wait)
        }
        // Where it is packed nevertheless, it is unpacked, as Composer does; the length is the packed one's.
        let isPacked = ![nil, "", "identity"].contains(answer.headers.first(name: "Content-Encoding")?.lowercased())
        let length = isPacked ? nil : answer.headers.first(name: "Content-Length").flatMap { Int($0) }
        // What is larger than any may be is refused for that, once and for all.
        if length ?? 0 <= self.maxBytes { try self.checkBytesLeft(for: length ?? 0) }
        let sink = try ArchiveSink(room, reserved: reserved, limit: self.maxBytes, expected: length.map { max(0, $0) })
        do {
            try await answer.forEachChunk {
                try sink.take($0)
                try self.checkBytesLeft(for: sink.size)
                return true
            }
            let (content, digests) = try sink.finish()
            guard length.map({ $0 == digests.size }) ?? true else {
                throw answer.label.error(.truncated, "another number of bytes came than was said", isRetryable: true)
            }
            let lastModified = answer.headers.first(name: "Last-Modified").flatMap(HTTPDate.secondsSince1970)
            return (
                Answer(lastModifiedSeconds: lastModified, etag: answer.headers.first(name: "ETag")),
                ReceivedArchive(content: content, digests: digests)
            )
        } catch let refusal as ArchiveRefusal where self.isSignIn(refusal, answer.headers) {
            throw self.error(.refused, "it answers with a page, as where somebody has to sign in", status: status)
        }
    }

    /// Before they come, where the server says how many.
    private func checkBytesLeft(for count: Int) throws(ArchiveError) {
        guard let bytesLeft, count > bytesLeft else { return }
        throw self.error(.noBytesLeft, "it has more than the \(bytesLeft) bytes that there is room for", status: 200)
    }

    /// GitLab and Bitbucket lead who is not known to a page for signing in, with status 200; Composer takes it for that
    /// too (`CurlDownloader.php`).
    private func isSignIn(_ refusal: ArchiveRefusal, _ headers: HTTPHeaders) -> Bool {
        refusal.reason == .noArchive && [.gitLab, .bitbucket].contains(self.address.service)
            && headers.first(name: "Content-Type")?.lowercased().hasPrefix("text/html") == true
    }

    private func text(of answer: UpstreamAnswer) async throws -> String {
        var text: [UInt8] = []
        do {
            try await answer.forEachChunk { chunk in
                text.append(contentsOf: chunk.readableBytesView.prefix(Self.errorBytes - text.count))
                return text.count < Self.errorBytes
            }
        } catch let error where !(error is CancellationError) {
            // What has come may be enough, and the status is there in any case.
        }
        return String(decoding: text, as: UTF8.self)
    }

    func error(
        _ reason: ArchiveError.Reason,
        _ detail: String,
        status: Int? = nil,
        wait: Duration? = nil
    ) -> ArchiveError {
        ArchiveError(reason, url: self.address.text, detail, status: status, wait: wait)
    }

    /// What any failure means for the archive.
    func error(for error: any Error) -> any Error {
        switch error {
        case let error as ArchiveRefusal: return self.error(.wrongBytes(error), "\(error)", status: 200)
        case let error as ArchiveRoom.TooSmall: return self.error(.tooLarge, error.detail, status: 200)
        case let error as Errno:
            return self.error(.noRoom, "the folder for temporary files (PACKLINE_TEMP_DIR) can't be used: \(error)")
        case let error as UpstreamError:
            let isFinal = !error.isRetryable && error.code != .unreachable
            return self.error(
                isFinal ? .refused : .unavailable,
                error.detailAndCause,
                status: error.status,
                wait: error.retryAfter
            )
        case is Inflater.Failure: return self.error(.noRoom, "there is no memory to check it with")
        default: return error
        }
    }
}
