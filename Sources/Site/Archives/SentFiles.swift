import HTTPTypes
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
/// Hummingbird knows only bodies that pass through its hands. So an answer names its file in a field, which the connection's
/// guard takes out, and puts the file where the body would be.
final class SentFiles: Sendable {
    static let fieldName = "x-packline-file"
    /// Of the same name; it is one that fields can have.
    static let field = HTTPField.Name(SentFiles.fieldName) ?? .location
    /// Answers that were dropped never come for theirs.
    private static let most = 4_096

    private struct State {
        var last: UInt64 = 0
        var files: [UInt64: SentFile] = [:]
    }

    private let state = Mutex(State())

    /// - Returns: What names it in ``field``.
    func add(_ file: SentFile) -> String {
        let number = self.state.withLock { state in
            state.last += 1
            state.files[state.last] = file
            if state.files.count > Self.most, let oldest = state.files.keys.min() { state.files[oldest] = nil }
            return state.last
        }
        return "\(number)"
    }

    func take(_ name: String) -> SentFile? {
        UInt64(name).flatMap { number in self.state.withLock { $0.files.removeValue(forKey: number) } }
    }
}
