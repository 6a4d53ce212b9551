import HTTPTypes
import Hummingbird
import NIOCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Makes answers go wrong.
struct FaultWork {
    /// Thrown to end a connection; the server writes nothing more to it.
    struct ConnectionEnded: Error {}

    /// The answer that a fault gives instead of the real one; nil when the real one is needed.
    static func replacement(for effect: SandboxFault.Effect, _ exchange: Exchange) -> Reply? {
        switch effect {
        case .status(let code, let retryAfter):
            var reply = Self.error(code, exchange)
            if let retryAfter { reply.headers[.retryAfter] = "\(retryAfter)" }
            return reply
        case .malformedJSON:
            return Reply(contentType: DirectoryAPIText.json, "{\"name\":\"Broken\",\"slug\":\"bro")
        case .htmlPage:
            let page = "<html><head><title>Briefly unavailable</title></head><body><h1>Be right back</h1></body></html>"
            return Reply(contentType: "text/html; charset=utf-8", page)
        case .emptyBody:
            return Reply(headers: [.contentType: "text/html"], body: .buffer(ByteBuffer()))
        case .huge(let bytes):
            return Self.huge(bytes)
        case .jsonError:
            return Reply(contentType: DirectoryAPIText.json, "{\"error\":\"Something went wrong.\",\"code\":500}")
        case .redirect(let location, let code):
            let target = location.replacing("{path}", with: exchange.target)
            return Reply(status: HTTPResponse.Status(code: code), headers: [.location: target])
        case .reset, .resetAfterEffect, .truncated, .halved, .flipped, .shrunk, .delay, .lateAnswer, .drip, .wrongETag,
            .rewritten, .header, .instead, .stale, .rebuilt:
            return nil
        }
    }

    private static func error(_ code: Int, _ exchange: Exchange) -> Reply {
        let status = HTTPResponse.Status(code: code)
        if exchange.bucket != nil {
            let name = code == 503 ? "SlowDown" : code == 500 ? "InternalError" : "Fault"
            return S3Error(status, name, "The sandbox was told to fail.")
                .reply(resource: "/\(exchange.bucket ?? "")/\(exchange.key ?? "")", requestID: "FAULT")
        }
        if exchange.gitHub != nil { return GitHubService.error(status, "The sandbox was told to fail.") }
        if exchange.route.rawValue.contains("-api-") || exchange.route.isComposer {
            return Reply(status: status, contentType: "text/html", "<html><head><title>\(code)</title></head></html>")
        }
        return SubversionService.htmlError(status)
    }

    private static func huge(_ bytes: Int) -> Reply {
        Reply(
            headers: [.contentType: DirectoryAPIText.json],
            body: .stream { writer in
                try await writer.write(ByteBuffer(string: "{\"name\":\""))
                let block = ByteBuffer(repeating: UInt8(ascii: "x"), count: 64 << 10)
                var left = bytes - 11
                while left > 0 {
                    try await writer.write(block.getSlice(at: 0, length: min(left, block.readableBytes)) ?? block)
                    left -= block.readableBytes
                }
                try await writer.write(ByteBuffer(string: "\"}"))
                try await writer.finish(nil)
            }
        )
    }

    /// Spoils a real answer.
    static func spoil(_ reply: Reply, _ effect: SandboxFault.Effect) async throws -> Reply {
        var reply = reply
        switch effect {
        case .truncated:
            let whole = try await reply.collectedPieces()
            let half = whole.bytes(in: 0..<(whole.byteCount / 2))
            if reply.pieces != nil { reply.headers[.contentLength] = "\(whole.byteCount)" }
            reply.body = .stream { writer in
                for piece in half { try await writer.write(piece) }
                throw ConnectionEnded()
            }
        case .halved:
            let whole = try await reply.collectedPieces()
            reply.body = .pieces(whole.bytes(in: 0..<(whole.byteCount / 2)))
        case .flipped:
            reply.body = .pieces(Self.flipped(try await reply.collectedPieces()))
        case .shrunk(let percent):
            let whole = String(buffer: try await reply.collected())
            let lines = whole.split(separator: "\n", omittingEmptySubsequences: false)
            let entries = lines.indices.filter { lines[$0].hasPrefix("  <li>") }
            let kept = entries.count * max(0, 100 - percent) / 100
            let dropped = Set(entries.dropFirst(kept))
            let rest = lines.indices.filter { !dropped.contains($0) }.map { lines[$0] }
            reply.body = .buffer(ByteBuffer(string: rest.joined(separator: "\n")))
        case .drip(let milliseconds, let bytes):
            let whole = try await reply.collectedPieces()
            // Archives say how long they are; other answers come in chunks.
            if case .pieces = reply.body { reply.headers[.contentLength] = "\(whole.byteCount)" }
            reply.body = .stream { writer in
                for start in stride(from: 0, to: whole.byteCount, by: max(1, bytes)) {
                    let end = min(start + max(1, bytes), whole.byteCount)
                    for piece in whole.bytes(in: start..<end) { try await writer.write(piece) }
                    try await Task.sleep(for: .milliseconds(milliseconds))
                }
                try await writer.finish(nil)
            }
        case .wrongETag:
            reply.headers[.eTag] = "\"00000000000000000000000000000000\""
        case .rewritten(let original, let text):
            let whole = String(buffer: try await reply.collected())
            reply.body = .buffer(ByteBuffer(string: whole.replacing(original, with: text, maxReplacements: 1)))
        case .header(let name, let value):
            if let name = HTTPField.Name(name) { reply.headers[name] = value }
        case .status, .reset, .resetAfterEffect, .malformedJSON, .htmlPage, .jsonError, .emptyBody, .huge, .delay,
            .lateAnswer, .redirect, .instead, .stale, .rebuilt:
            break
        }
        return reply
    }

    /// Eight bytes in the middle are not what they were.
    private static func flipped(_ whole: [ByteBuffer]) -> [ByteBuffer] {
        let count = whole.byteCount
        let middle = (max(0, count / 2 - 4))..<min(count, count / 2 + 4)
        let wrong = whole.bytes(in: middle).joined().readableBytesView.map { ~$0 }
        return whole.bytes(in: 0..<middle.lowerBound) + [ByteBuffer(bytes: wrong)]
            + whole.bytes(in: middle.upperBound..<count)
    }

    /// Ends a connection as a crashed peer does: with a reset, not with an orderly close.
    static func reset(_ channel: any Channel) async {
        if let provider = channel as? any SocketOptionProvider {
            try? await provider.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
        }
        try? await channel.close()
    }
}
