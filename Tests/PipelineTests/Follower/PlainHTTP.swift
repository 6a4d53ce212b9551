import Foundation
import NIOCore
import NIOPosix

/// One request a connection, read to the end: as much HTTP as a follower needs, and none of the server's code.
struct PlainHTTP: Sendable {
    struct Answer {
        var status: Int
        /// Names in lower case.
        var headers: [String: String]
        var body: [UInt8]

        func json<Value: Decodable>(_ type: Value.Type) throws -> Value {
            try JSONDecoder().decode(type, from: Data(self.body))
        }
    }

    struct Malformed: Error { var text: String }

    var port: Int

    func get(_ target: String, headers: [String] = []) async throws -> Answer {
        let lines = ["GET \(target) HTTP/1.1", "Host: 127.0.0.1", "Connection: close"] + headers + ["", ""]
        return try Self.answer(in: try await self.exchange(Array(lines.joined(separator: "\r\n").utf8)))
    }

    /// Sends bytes and reads what comes until the server closes.
    func exchange(_ bytes: [UInt8]) async throws -> [UInt8] {
        // By its address: names are looked up on threads that tests can keep busy for long.
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(.seconds(60))
            .connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: self.port)) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            try await outbound.write(ByteBuffer(bytes: bytes))
            var received: [UInt8] = []
            do {
                for try await part in inbound { received += part.readableBytesView }
            } catch let error as IOError where error.errnoCode == ECONNRESET && !received.isEmpty {}
            return received
        }
    }

    /// Sends requests at once on one connection, and reads an answer to each.
    ///
    /// - Parameter requests: Method, target and header lines of each; the server is to close after the last.
    func pipeline(_ requests: [(method: String, target: String, headers: [String])]) async throws -> [Answer] {
        var text = ""
        for (index, request) in requests.enumerated() {
            let close = index == requests.count - 1 ? ["Connection: close"] : []
            let lines = ["\(request.method) \(request.target) HTTP/1.1", "Host: 127.0.0.1"] + request.headers + close
            text += (lines + ["", ""]).joined(separator: "\r\n")
        }
        var rest = try await self.exchange(Array(text.utf8))[...]
        return try requests.map { request in
            var answer = try Self.head(in: &rest)
            let hasBody = request.method != "HEAD" && answer.status != 304
            let length = hasBody ? answer.headers["content-length"].flatMap { Int($0) } ?? 0 : 0
            guard rest.count >= length else { throw Malformed(text: "\(rest.count) bytes instead of \(length)") }
            answer.body = Array(rest.prefix(length))
            rest = rest.dropFirst(length)
            return answer
        }
    }

    private static func answer(in bytes: [UInt8]) throws -> Answer {
        var rest = bytes[...]
        var answer = try Self.head(in: &rest)
        answer.body = Array(rest)
        if let length = answer.headers["content-length"], Int(length) != answer.body.count {
            throw Malformed(text: "\(answer.body.count) bytes instead of \(length)")
        }
        return answer
    }

    /// Takes a status line and headers off the beginning of `bytes`.
    static func head(in bytes: inout ArraySlice<UInt8>) throws -> Answer {
        guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { throw Malformed(text: "no head") }
        let lines = String(decoding: bytes[bytes.startIndex..<end.lowerBound], as: UTF8.self).components(
            separatedBy: "\r\n"
        )
        let status = lines[0].split(separator: " ").dropFirst().first.flatMap { Int($0) }
        let headers = lines.dropFirst().compactMap { line -> (String, String)? in
            let parts = line.split(separator: ":", maxSplits: 1)
            return parts.count == 2 ? (parts[0].lowercased(), parts[1].trimmingCharacters(in: .whitespaces)) : nil
        }
        let answer = Answer(
            status: status ?? 0,
            headers: Dictionary(headers, uniquingKeysWith: { "\($0), \($1)" }),
            body: []
        )
        bytes = bytes[end.upperBound...]
        return answer
    }
}
