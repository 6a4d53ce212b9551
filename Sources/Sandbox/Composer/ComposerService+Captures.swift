import HTTPTypes
import NIOCore

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension ComposerService {
    /// A file of the folder as it is, with its time and an ETag of its content.
    func capture(_ exchange: Exchange, _ address: ComposerAddress) -> Reply {
        let parts = address.path.split(separator: "/", omittingEmptySubsequences: false)
        guard let folder = self.mount.folder, !parts.contains(where: { $0.isEmpty || $0 == "." || $0 == ".." }) else {
            return Self.notFound
        }
        let file = URL(filePath: folder).appending(path: address.path)
        guard let content = try? Data(contentsOf: file) else { return Self.notFound }
        let attributes = try? FileManager.default.attributesOfItem(atPath: file.path)
        let modified = attributes?[.modificationDate] as? Date
        let seconds = Int64((modified?.timeIntervalSince1970 ?? 0).rounded(.down))
        let bytes = Array(content)
        let tag = "\"\(String(decoding: ComposerArchive.checksum(bytes), as: UTF8.self))\""
        let headers: HTTPFields = [
            .lastModified: CivilTime(seconds: seconds).http,
            .eTag: tag,
            .contentType: address.path.hasSuffix(".json") ? Self.json : "application/octet-stream",
        ]
        // An ETag decides alone where the client sends one.
        let isKnown =
            exchange.headers[.ifNoneMatch].map { $0.contains(tag) || $0 == "*" }
            ?? HTTPDateText.seconds(exchange.headers[.ifModifiedSince]).map { $0 >= seconds } ?? false
        if isKnown { return Reply(status: .notModified, headers: headers) }
        return Reply(headers: headers, body: .buffer(ByteBuffer(bytes: bytes)))
    }
}
