import HTTPTypes

/// What `Range: bytes=…` asks for; only single ranges are known, as to S3.
enum ByteRange: Equatable {
    /// None is asked for, or in a form that is to be ignored.
    case whole
    case part(Range<Int>)
    /// 416.
    case unsatisfiable

    /// - Parameter count: How many bytes there are.
    init(_ header: String?, of count: Int) {
        self = .whole
        guard let header, header.hasPrefix("bytes=") else { return }
        let ends = header.dropFirst("bytes=".count).split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count == 2 else { return }
        switch (Int(ends[0]), Int(ends[1])) {
        case (let first?, let last?) where first <= last:
            self = first < count ? .part(first..<(min(last, count - 1) + 1)) : .unsatisfiable
        case (let first?, nil) where ends[1].isEmpty:
            self = first < count ? .part(first..<count) : .unsatisfiable
        case (nil, let length?) where ends[0].isEmpty:
            self = length > 0 && count > 0 ? .part(max(0, count - length)..<count) : .unsatisfiable
        default: break
        }
    }
}

extension Reply {
    /// The part that was asked for, with 206; nil for 416.
    func ranged(for exchange: Exchange) -> Reply? {
        guard self.status == .ok, exchange.method == "GET", let asked = exchange.headers[.range],
            let pieces = self.pieces
        else { return self }
        // What changed meanwhile is wanted whole.
        if let known = exchange.headers[.ifRange], known != self.headers[.eTag], known != self.headers[.lastModified] {
            return self
        }
        let count = pieces.byteCount
        switch ByteRange(asked, of: count) {
        case .whole: return self
        case .unsatisfiable: return nil
        case .part(let range):
            var reply = self
            reply.status = .partialContent
            reply.headers[.contentRange] = "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(count)"
            reply.body = .pieces(pieces.bytes(in: range))
            return reply
        }
    }
}
