import Composer
import HTTPTypes
import Hummingbird
import NIOCore
import Store
import Synchronization
import Wire

/// `/packages/list.json`: the names of all published packages, written while they are read.
///
/// No more of them than a page of the database are held at once, however many there are and however slowly they are taken.
struct PackageList: Sendable {
    private static let namesAtOnce = 2_000

    let store: Store
    let settings: PageSettings
    private let writers = Writers()

    init(store: Store, settings: PageSettings) {
        self.store = store
        self.settings = settings
    }

    func answer(to request: Request) async throws -> Response {
        let filter: PackageFilter
        do { filter = try PackageFilter(request.query) } catch { return .problem(.badRequest, error.message) }
        // Read before the names: what is published meanwhile may be among them, and makes the next tag another one.
        let timestamp = try await self.store.feedTimestamp()
        let conditions = RequestConditions(request.headers)
        let isCompressed = conditions.acceptsGzip
        let validators = Validators(
            etag: "\"\(timestamp)\(isCompressed ? "-gzip" : "")\"",
            isWeak: true,
            date: FeedDate(timestamp),
            caching: .minute
        )
        if validators.areKnown(to: conditions) { return Response(status: .notModified, headers: validators.headers) }
        var parts = Parts(list: self, filter: filter)
        let first = try await parts.next() ?? []
        var headers = validators.headers
        if isCompressed { headers[.contentEncoding] = "gzip" }
        if parts.isAtEnd {
            let bytes = isCompressed ? try GzipStream().compressed(first, isLast: true) : first
            return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
        }
        if request.method == .head {
            // What it would send, as nothing else tells how long that is.
            var (length, sent) = (0, try Sent(first, parts, isCompressed: isCompressed))
            while let bytes = try await sent.next() { length += bytes.readableBytes }
            headers[.contentLength] = String(length)
            return Response(status: .ok, headers: headers)
        }
        guard let turn = self.writers.turn() else {
            return .comeAgain("too many lists are being sent at once; try again")
        }
        let body = ResponseBody { [parts] writer in
            var sent = try Sent(first, parts, isCompressed: isCompressed)
            while let bytes = try await sent.next() {
                if bytes.readableBytes > 0 { try await writer.write(bytes) }
            }
            try await writer.finish(nil)
            _ = turn
        }
        return Response(status: .ok, headers: headers, body: body)
    }

    /// The JSON of a list in parts, each of one page of the database.
    private struct Parts {
        let list: PackageList
        let filter: PackageFilter
        private(set) var isAtEnd = false
        private var isFirst = true
        private var last = ""

        init(list: PackageList, filter: PackageFilter) {
            self.list = list
            self.filter = filter
        }

        mutating func next() async throws -> [UInt8]? {
            if self.isAtEnd { return nil }
            var json = JSONWriter(reservingCapacity: 40 * PackageList.namesAtOnce)
            if self.last.isEmpty { json.append(raw: "{\"packageNames\":[") }
            let page = try await self.list.store.publishedPackages(after: self.last, limit: PackageList.namesAtOnce)
            for package in page where package.name != self.last {
                self.last = package.name
                let type = self.list.settings.source(package.source)?.packageType ?? package.source
                guard self.filter.matches(name: package.name, type: type) else { continue }
                if !self.isFirst { json.append(raw: ",") }
                self.isFirst = false
                json.append(package.name)
            }
            self.isAtEnd = page.count < PackageList.namesAtOnce
            if self.isAtEnd { json.append(raw: "]}") }
            return json.bytes
        }
    }

    /// The same as they are sent.
    private struct Sent {
        private var part: [UInt8]?
        private var rest: Parts
        private let compressor: GzipStream?

        init(_ first: [UInt8], _ rest: Parts, isCompressed: Bool) throws {
            self.part = first
            self.rest = rest
            self.compressor = isCompressed ? try GzipStream() : nil
        }

        /// May be empty where it is compressed.
        mutating func next() async throws -> ByteBuffer? {
            guard let part = self.part else { return nil }
            let bytes = try self.compressor?.compressed(part, isLast: self.rest.isAtEnd) ?? part
            self.part = try await self.rest.next()
            return ByteBuffer(bytes: bytes)
        }
    }
}

/// Lets few lists be written at once, because each has a compressor, and lasts as long as its client takes.
private final class Writers: Sendable {
    final class Turn: Sendable {
        private let writers: Writers

        init(_ writers: Writers) { self.writers = writers }

        deinit { self.writers.count.subtract(1, ordering: .relaxed) }
    }

    private static let most = 8
    private let count = Atomic(0)

    /// - Returns: nil when all are taken; one that is let go of is free again.
    func turn() -> Turn? {
        let turn = Turn(self)
        return self.count.add(1, ordering: .relaxed).oldValue < Self.most ? turn : nil
    }
}
