import HTTPTypes
import HummingbirdCore
import NIOCore
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A part of a file that is the body of an answer: the kernel sends it, and it is never in this process's memory.
final class SentFile: Sendable {
    let handle: NIOFileHandle
    let range: Range<Int>
    private let turn: Archives.Turn

    /// - Returns: nil where the file can't be read or is not of that size.
    init?(_ path: String, _ part: Range<Int64>?, of size: Int64, _ turn: Archives.Turn) {
        guard let handle = try? NIOFileHandle(_deprecatedPath: path) else { return nil }
        var status = stat()
        let isThere = (try? handle.withUnsafeFileDescriptor { fstat($0, &status) }) == 0
        guard isThere, Int64(status.st_size) == size else {
            try? handle.close()
            return nil
        }
        let part = part ?? 0..<size
        self.handle = handle
        self.range = Int(part.lowerBound)..<Int(part.upperBound)
        self.turn = turn
    }

    deinit { try? self.handle.close() }
}

/// Files on their way from a route, which says what is sent, to the connection, which sends it.
///
/// Hummingbird knows only bodies that pass through its hands. So a request names in a field the place for the file of its
/// answer. The answer names it too where a file is there; the connection's guard takes that out, and puts the file where the
/// body would be.
final class SentFiles: Sendable {
    static let fieldName = "x-packline-file"
    /// Of the same name; it is one that fields can have.
    static let field = HTTPField.Name(SentFiles.fieldName) ?? .location

    private let last = Atomic<UInt64>(0)
    private let files = Mutex<[String: SentFile]>([:])

    /// Gives each request a place, which is empty again when its answer is over.
    ///
    /// Where the client has gone meanwhile the guard sees nothing of the answer, and takes nothing.
    func givingPlaces(to responder: @escaping HTTPChannelHandler.Responder) -> HTTPChannelHandler.Responder {
        { request, writer, channel in
            let place = String(self.last.add(1, ordering: .relaxed).newValue)
            var head = request.head
            // In place of what a client says.
            head.headerFields[Self.field] = place
            defer {
                // Behind what was written of the answer, which comes to the guard on the same loop.
                if self.isTaken(place) { channel.eventLoop.execute { _ = self.take(place) } }
            }
            try await responder(Request(head: head, body: request.body), writer, channel)
        }
    }

    func put(_ file: SentFile, in place: String) { self.files.withLock { $0[place] = file } }

    func take(_ place: String) -> SentFile? { self.files.withLock { $0.removeValue(forKey: place) } }

    private func isTaken(_ place: String) -> Bool { self.files.withLock { $0[place] != nil } }
}
