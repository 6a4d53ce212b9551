import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A bare HTTP client that shows what is really on the wire: cut bodies, resets, raw bytes.
struct TestClient: Sendable {
    enum Failure: Error, Equatable {
        case cannotConnect
        case connectionReset
        /// The connection ended before the body had its announced length or its last chunk.
        case cutBody(received: [UInt8])
        case noAnswer
    }

    struct Answer: Sendable {
        var status: Int
        var headers: [(name: String, value: String)]
        var body: [UInt8]

        var text: String { String(decoding: self.body, as: UTF8.self) }

        func header(_ name: String) -> String? {
            self.headers.first { $0.name.lowercased() == name.lowercased() }?.value
        }
    }

    let port: Int

    func get(_ path: String, headers: [String: String] = [:]) async throws -> Answer {
        try await self.send("GET", path, headers: headers)
    }

    func send(
        _ method: String,
        _ path: String,
        headers: [String: String] = [:],
        body: [UInt8] = []
    ) async throws -> Answer {
        try await withCheckedThrowingContinuation { continuation in
            // A thread of its own: blocked, one of the shared pool would be missed by the server.
            Thread.detachNewThread {
                continuation.resume(with: Result { try self.exchange(method, path, headers: headers, body: body) })
            }
        }
    }

    func send(_ method: String, _ path: String, headers: [String: String] = [:], body: String) async throws -> Answer {
        try await self.send(method, path, headers: headers, body: Array(body.utf8))
    }

    private func exchange(
        _ method: String,
        _ path: String,
        headers: [String: String],
        body: [UInt8]
    ) throws -> Answer {
        var lines = "\(method) \(path) HTTP/1.1\r\nConnection: close\r\nContent-Length: \(body.count)\r\n"
        if headers["Host"] == nil, headers["host"] == nil { lines += "Host: 127.0.0.1:\(self.port)\r\n" }
        for (name, value) in headers { lines += "\(name): \(value)\r\n" }
        let received = try self.roundTrip(Array((lines + "\r\n").utf8) + body)
        return try Self.parse(received, isHead: method == "HEAD")
    }

    private func roundTrip(_ request: [UInt8]) throws -> [UInt8] {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(self.port).bigEndian)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else { throw Failure.cannotConnect }
        var sent = 0
        while sent < request.count {
            let count = request[sent...].withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { break }
            sent += count
        }
        var received: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = chunk.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress, $0.count, 0) }
            if count < 0 { throw Failure.connectionReset }
            if count == 0 { return received }
            received += chunk[..<count]
        }
    }

    private static func parse(_ received: [UInt8], isHead: Bool) throws -> Answer {
        guard let end = received.firstRange(of: Array("\r\n\r\n".utf8)) else { throw Failure.noAnswer }
        let lines = String(decoding: received[..<end.lowerBound], as: UTF8.self).split(separator: "\r\n")
        let status = lines.first.flatMap { Int($0.split(separator: " ").dropFirst().first ?? "") } ?? 0
        let headers = lines.dropFirst().map { line -> (name: String, value: String) in
            let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            return (String(parts[0]), String(parts.count > 1 ? parts[1].drop { $0 == " " } : ""))
        }
        var answer = Answer(status: status, headers: headers, body: Array(received[end.upperBound...]))
        if isHead || status == 304 || status == 204 { return answer }
        if answer.header("Transfer-Encoding") == "chunked" {
            answer.body = try Self.unchunked(answer.body)
        } else if let length = answer.header("Content-Length").flatMap({ Int($0) }), answer.body.count < length {
            throw Failure.cutBody(received: answer.body)
        }
        return answer
    }

    private static func unchunked(_ bytes: [UInt8]) throws -> [UInt8] {
        var body: [UInt8] = []
        var rest = bytes[...]
        while let line = rest.firstRange(of: Array("\r\n".utf8)) {
            let size = Int(String(decoding: rest[rest.startIndex..<line.lowerBound], as: UTF8.self), radix: 16) ?? 0
            rest = rest[line.upperBound...]
            if size == 0 { return body }
            guard rest.count >= size + 2 else { break }
            body += rest.prefix(size)
            rest = rest.dropFirst(size + 2)
        }
        throw Failure.cutBody(received: body + rest)
    }
}
