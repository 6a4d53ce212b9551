import Wire

/// A page of a ListObjectsV2 answer, with full keys.
///
/// A listing decides what is missing, so it is believed only when it is complete: the closing tag has been seen, every
/// object has its fields, no key comes twice, and a page that announces another one says how to ask for it.
struct S3ListPage: Equatable {
    struct Invalid: Error, Equatable {
        var problem: String
    }

    var objects: [ListedObject] = []
    /// Of the next page, nil when this is the last one.
    var nextToken: String?

    /// - Throws: ``Invalid``.
    init(_ bytes: [UInt8]) throws {
        var reader = Reader(bytes)
        try reader.read()
        guard let isTruncated = reader.isTruncated else { throw Invalid(problem: "it has no IsTruncated") }
        if isTruncated {
            guard let token = reader.nextToken, !token.isEmpty else {
                throw Invalid(problem: "it announces more and has no NextContinuationToken")
            }
            self.nextToken = token
        }
        self.objects = try reader.objects.compactMap { fields in
            // A folder that a store with folders (JuiceFS) shows as an object without an ETag; no key ends like this.
            if fields.key?.hasSuffix("/") == true, fields.size == "0" { return nil }
            guard let rawKey = fields.key,
                let key = reader.isURLEncoded ? Self.decoded(rawKey) : rawKey,
                let etag = fields.etag, let size = fields.size.flatMap({ Int($0) })
            else { throw Invalid(problem: "one of its objects has no readable Key, ETag or Size") }
            return ListedObject(key: key, etag: ObjectVersion.unquoted(etag), size: size)
        }
        guard Set(self.objects.map { Array($0.key.utf8) }).count == self.objects.count else {
            throw Invalid(problem: "one of its keys comes twice")
        }
    }

    /// The key that a listing with `encoding-type=url` means; nil when it is not UTF-8 or not well-formed.
    ///
    /// Amazon writes a space as `+` there, and a plus as `%2B`.
    private static func decoded(_ text: String) -> String? {
        let (bytes, isWellFormed) = Percent.decoded(Array(text.utf8), plusIsSpace: true)
        return isWellFormed ? String(validating: bytes, as: UTF8.self) : nil
    }

    private struct Fields {
        var key: String?
        var etag: String?
        var size: String?
    }

    private struct Reader {
        private var scanner: XMLScanner
        private var path: [String] = []
        var objects: [Fields] = []
        var isTruncated: Bool?
        var nextToken: String?
        var isURLEncoded = false

        init(_ bytes: [UInt8]) { self.scanner = XMLScanner(bytes) }

        mutating func read() throws {
            while let token = self.scanner.next() {
                switch token {
                case .open(let name):
                    guard !self.path.isEmpty || name == "ListBucketResult" else {
                        throw Invalid(problem: "it does not begin with <ListBucketResult>")
                    }
                    self.path.append(name)
                    if self.path.count == 2, name == "Contents" { self.objects.append(Fields()) }
                case .close(let name):
                    guard self.path.popLast() == name else { throw Invalid(problem: "its tags do not match") }
                    if self.path.isEmpty { return }
                case .text(let text): self.take(text)
                }
            }
            throw Invalid(problem: "it is cut off")
        }

        private mutating func take(_ text: String) {
            if self.path.count == 3, self.path[1] == "Contents" {
                let last = self.objects.count - 1
                switch self.path[2] {
                case "Key": self.objects[last].key = text
                case "ETag": self.objects[last].etag = text
                case "Size": self.objects[last].size = text
                default: break
                }
            } else if self.path.count == 2 {
                switch self.path[1] {
                case "IsTruncated": self.isTruncated = text == "true" ? true : text == "false" ? false : nil
                case "NextContinuationToken": self.nextToken = text
                case "EncodingType": self.isURLEncoded = text == "url"
                default: break
                }
            }
        }
    }
}

extension ObjectVersion {
    /// An ETag without its quotes; S3 has no weak ones, but a proxy may have marked it as such.
    static func unquoted(_ etag: String) -> String {
        var etag = etag[...]
        if etag.hasPrefix("W/") { etag = etag.dropFirst(2) }
        if etag.utf8.count >= 2, etag.hasPrefix("\""), etag.hasSuffix("\"") { etag = etag.dropFirst().dropLast() }
        return String(etag)
    }
}
