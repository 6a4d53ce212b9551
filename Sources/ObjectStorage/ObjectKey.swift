/// What kinds of objects a repository consists of, and the headers that each is stored with.
package enum ObjectKey {
    /// The most bytes a key may have, S3's limit.
    package static let maxBytes = 1_024

    /// The media type of an object.
    package static func contentType(for key: String) -> String {
        switch key.utf8.lastIndex(of: UInt8(ascii: ".")).map({ key[$0...] }) {
        case ".json": "application/json"
        case ".zip": "application/zip"
        case ".tar": "application/x-tar"
        case ".gz": "application/gzip"
        case ".html": "text/html; charset=utf-8"
        case ".txt": "text/plain; charset=utf-8"
        default: "application/octet-stream"
        }
    }

    /// How long caches may keep an object without asking, nil for no opinion.
    ///
    /// Package documents and the root document change in place, and what the change feed announces must soon be seen
    /// through any cache in between. Composer itself asks each time whatever this says.
    package static func cacheControl(for key: String) -> String? {
        if key == "packages.json" || key == "advisories/packages.json" { return "public, max-age=300" }
        if key.hasPrefix("p2/") || key.hasPrefix("advisories/p2/") { return "public, max-age=60" }
        if key == "v1/packages.json" || key == "filter/summary.json" { return "public, max-age=60" }
        // Named by their bytes.
        if key.hasPrefix("v1/p/") || key.hasPrefix("dist/") { return "public, max-age=31536000, immutable" }
        return nil
    }

    /// Whether every store can hold an object of this key, and a directory can hold it within its root.
    ///
    /// 1 to 1,024 bytes, segments of at most 255 bytes separated by single slashes, none of them empty, `.` or `..`,
    /// none the name of the directory store's own folder, and no control characters.
    package static func isValid(_ key: String) -> Bool {
        let bytes = key.utf8
        guard (1...Self.maxBytes).contains(bytes.count), bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
            return false
        }
        return bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).allSatisfy { segment in
            (1...255).contains(segment.count) && !segment.elementsEqual(".".utf8) && !segment.elementsEqual("..".utf8)
                && !segment.elementsEqual(DirectoryLayout.reservedName.utf8)
        }
    }
}
