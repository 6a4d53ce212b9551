import Composer
import HTTPTypes
import Hummingbird
import Logging
import ObjectStorage
import Resilience
import Store
import Wire

/// `dist/…`: archives, for who asks as Composer asks a mirror, and by their keys.
struct ArchiveRoutes: Sendable {
    let archives: Archives
    let files: SentFiles?

    func add(to router: Router<some RequestContext>) {
        router.get("dist/:vendor/:file/:version/:archive") { request, context in
            let parameters = context.parameters
            let name = "\(try parameters.require("vendor"))/\(try parameters.require("file"))"
            guard
                let path = MirrorPath(
                    name: name,
                    version: Self.decoded(try parameters.require("version")),
                    file: try parameters.require("archive")
                )
            else { return Self.absence }
            return try await self.answer(request, path)
        }
        // One place of a path has one name in all routes.
        router.get("dist/:vendor/:file/:version") { request, context in
            let parameters = context.parameters
            // As keys are: `dist/ab/cd/SHA256.zip`.
            let places = [
                try parameters.require("vendor"), try parameters.require("file"), try parameters.require("version"),
            ]
            guard places.allSatisfy({ $0.utf8.allSatisfy(Self.isOfKey) && $0.utf8.count <= 80 }),
                let kept = try await self.archives.kept(at: "dist/\(places.joined(separator: "/"))")
            else { return Self.absence }
            return await self.send(kept, to: request, caching: .forEver)
        }
    }

    private static func isOfKey(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte) || byte == UInt8(ascii: ".")
    }

    /// Composer writes a version as it is; what is between may escape some of it.
    private static func decoded(_ text: String) -> String {
        guard text.utf8.contains(UInt8(ascii: "%")) else { return text }
        return String(decoding: Percent.decoded(Array(text.utf8)).bytes, as: UTF8.self)
    }

    /// Composer goes on to upstream then, and nobody is to remember it.
    private static var absence: Response {
        var response = Response.problem(.notFound, "there is no such archive here")
        response.headers[.cacheControl] = "no-store"
        return response
    }

    private func answer(_ request: Request, _ path: MirrorPath) async throws -> Response {
        let found: KeptArchive?
        // Upstream answers sooner than a crowd here does.
        do { found = try await self.archives.archive(at: path) } catch is ConcurrencyLimiter.Full { found = nil }
        guard let kept = found else { return Self.absence }
        guard let url = self.archives.serving.redirectURL else {
            return await self.send(kept, to: request, caching: .minute)
        }
        return Response(
            status: .found,
            headers: [.location: "\(url)/\(kept.key)", .cacheControl: Representation.Caching.minute.rawValue]
        )
    }

    private func send(
        _ kept: KeptArchive,
        to request: Request,
        caching: Representation.Caching
    ) async -> Response {
        let etag = Representation.etag(kept.content.tag, isCompressed: false)
        var headers: HTTPFields = [
            .contentType: ObjectKey.contentType(for: kept.key), .eTag: etag, .acceptRanges: "bytes",
            .lastModified: HTTPDate.text(secondsSince1970: kept.fetchedAtSeconds),
            .cacheControl: caching.rawValue,
        ]
        if RequestConditions(request.headers).clientHas(etag: etag, modifiedSecondsSince1970: kept.fetchedAtSeconds) {
            return Response(status: .notModified, headers: headers)
        }
        let range = ByteRange(
            // It means nothing with another method (RFC 9110, 14.2).
            request.method == .get ? request.headers[.range] : nil,
            if: request.headers[.ifRange],
            etag: etag,
            modifiedSeconds: kept.fetchedAtSeconds,
            size: kept.size
        )
        var status = HTTPResponse.Status.ok
        var part: Range<Int64>?
        switch range {
        case .whole: break
        case .part(let bytes):
            (status, part) = (.partialContent, bytes)
            headers[.contentRange] = "bytes \(bytes.lowerBound)-\(bytes.upperBound - 1)/\(kept.size)"
        case .unsatisfiable:
            headers[.contentRange] = "bytes */\(kept.size)"
            headers[.contentType] = nil
            return Response(status: .rangeNotSatisfiable, headers: headers)
        }
        let count = part.map { $0.upperBound - $0.lowerBound } ?? kept.size
        headers[.contentLength] = "\(count)"
        let head = Response(status: status, headers: headers)
        guard let turn = self.archives.turn() else { return .comeAgain("too many archives are being sent; try again") }
        if let path = self.archives.localPath(of: kept), let files, let place = request.headers[SentFiles.field],
            let file = SentFile(path, part, of: kept.size, turn)
        {
            if request.method == .head { return head }
            files.put(file, in: place)
            headers[SentFiles.field] = place
            return Response(status: status, headers: headers)
        }
        // Once an answer has begun, nobody goes on to upstream.
        guard await self.archives.isThere(kept) else { return Self.absence }
        if request.method == .head { return head }
        return Response(
            status: status,
            headers: headers,
            body: ResponseBody(contentLength: Int(count)) { [archives, part] writer in
                try await archives.read(kept, part) { try await writer.write($0) }
                try await writer.finish(nil)
                _ = turn
            }
        )
    }
}
