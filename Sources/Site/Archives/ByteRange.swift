import Wire

/// Which part of a representation a request is about (RFC 9110, 14.2).
enum ByteRange: Equatable {
    case whole
    case part(Range<Int64>)
    /// None of what is asked for is there.
    case unsatisfiable

    /// - Parameters:
    ///   - field: `Range`; what is not understood, and several parts, are answered with all of it, as servers may.
    ///   - condition: `If-Range`: what the parts that the client has are of.
    ///   - etag: A strong one.
    init(_ field: String?, if condition: String?, etag: String, modifiedSeconds: Int64, size: Int64) {
        self = .whole
        if let condition, condition != etag, HTTPDate.secondsSince1970(condition) != modifiedSeconds { return }
        guard let field, field.lowercased().hasPrefix("bytes=") else { return }
        let spec = field.dropFirst(6).filter { $0 != " " && $0 != "\t" }
        let ends = spec.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        guard ends.count == 2, ends.allSatisfy({ $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }) else { return }
        // More digits than a number has are more than any size.
        func number(_ text: Substring) -> Int64 { Int64(text) ?? .max }
        if ends[0].isEmpty {
            guard !ends[1].isEmpty else { return }
            let count = min(number(ends[1]), size)
            self = count > 0 ? .part(size - count..<size) : .unsatisfiable
            return
        }
        let first = number(ends[0])
        let last = ends[1].isEmpty ? .max : number(ends[1])
        guard first <= last else { return }
        self = first < size ? .part(first..<min(last, size - 1) + 1) : .unsatisfiable
    }
}
