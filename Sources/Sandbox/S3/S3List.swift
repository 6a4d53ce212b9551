import NIOCore

/// The XML answers of the store: listings and multi-deletes.
enum S3List {
    static let opening = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    static let namespace = "http://s3.amazonaws.com/doc/2006-03-01/"

    /// `ListObjectsV2`: `prefix`, `delimiter`, `start-after`, `continuation-token`, `max-keys`, `encoding-type=url`;
    /// without `list-type=2` the older `ListObjects`, which goes on by `marker`.
    static func reply(to exchange: Exchange, bucket: String, objects: SandboxObjects) -> Reply {
        let prefix = exchange.queryValue("prefix") ?? ""
        let delimiter = exchange.queryValue("delimiter") ?? ""
        let token = exchange.queryValue("continuation-token")
        let startAfter = exchange.queryValue("start-after") ?? ""
        let limit = min(exchange.queryValue("max-keys").flatMap { Int($0) } ?? 1_000, 1_000)
        let encodes = exchange.queryValue("encoding-type") == "url"
        func shown(_ text: String) -> String { encodes ? PercentCoding.encode(text, keepsSlash: true) : text }

        let isOlder = exchange.queryValue("list-type") != "2"
        let marker = exchange.queryValue("marker") ?? ""

        var after = isOlder ? marker : token.flatMap(Self.key(ofToken:)) ?? startAfter
        var contents: [(key: String, object: StoredObject)] = []
        var groups: [String] = []
        var isTruncated = false
        search: while true {
            let found = objects.list(bucket: bucket, prefix: prefix, after: after, limit: limit + 1)
            for (key, object) in found {
                if contents.count + groups.count >= limit {
                    isTruncated = true
                    break search
                }
                guard !delimiter.isEmpty,
                    let end = key.dropFirst(prefix.count).firstRange(of: delimiter)?.upperBound
                else {
                    contents.append((key, object))
                    after = key
                    continue
                }
                let group = String(key[..<end])
                if groups.last != group { groups.append(group) }
                // Every key of the group sorts before this.
                after = group + "\u{10FFFF}"
                continue search
            }
            break
        }

        var bytes: [UInt8] = []
        bytes.reserveCapacity(contents.count * 256 + 512)
        bytes.append("\(Self.opening)<ListBucketResult xmlns=\"\(Self.namespace)\">")
        Self.append("Name", bucket, to: &bytes)
        Self.append("Prefix", shown(prefix), to: &bytes)
        if !delimiter.isEmpty { Self.append("Delimiter", shown(delimiter), to: &bytes) }
        if !startAfter.isEmpty { Self.append("StartAfter", shown(startAfter), to: &bytes) }
        if let token { Self.append("ContinuationToken", token, to: &bytes) }
        if isOlder { Self.append("Marker", shown(marker), to: &bytes) }
        if encodes { Self.append("EncodingType", "url", to: &bytes) }
        Self.append("KeyCount", "\(contents.count + groups.count)", to: &bytes)
        Self.append("MaxKeys", "\(limit)", to: &bytes)
        Self.append("IsTruncated", isTruncated ? "true" : "false", to: &bytes)
        if isTruncated, isOlder { Self.append("NextMarker", shown(after), to: &bytes) }
        if isTruncated, !isOlder { Self.append("NextContinuationToken", Self.token(key: after), to: &bytes) }
        for (key, object) in contents {
            bytes.append("<Contents>" as StaticString)
            Self.append("Key", shown(key), to: &bytes)
            let civil = CivilTime(seconds: object.lastModifiedSeconds)
            Self.append("LastModified", "\(civil.date)T\(civil.time).000Z", to: &bytes)
            Self.append("ETag", object.eTag, to: &bytes)
            Self.append("Size", "\(object.size)", to: &bytes)
            bytes.append("<StorageClass>STANDARD</StorageClass></Contents>" as StaticString)
        }
        for group in groups {
            bytes.append("<CommonPrefixes>" as StaticString)
            Self.append("Prefix", shown(group), to: &bytes)
            bytes.append("</CommonPrefixes>" as StaticString)
        }
        bytes.append("</ListBucketResult>" as StaticString)
        return Reply(contentType: "application/xml", bytes)
    }

    /// The keys of a `Delete` request; nil when it is none.
    static func keysToDelete(in body: ByteBuffer) -> [String]? {
        let elements = DAVRequest.elements(in: body)
        guard elements.first?.name == "Delete" else { return nil }
        return elements.filter { $0.name == "Key" }.map { Self.unescaped($0.text) }
    }

    static func deleted(_ keys: [String]) -> Reply {
        var bytes: [UInt8] = []
        bytes.append("\(Self.opening)<DeleteResult xmlns=\"\(Self.namespace)\">")
        for key in keys {
            bytes.append("<Deleted>" as StaticString)
            Self.append("Key", key, to: &bytes)
            bytes.append("</Deleted>" as StaticString)
        }
        bytes.append("</DeleteResult>" as StaticString)
        return Reply(contentType: "application/xml", bytes)
    }

    private static func append(_ name: String, _ text: String, to bytes: inout [UInt8]) {
        bytes.append("<\(name)>")
        bytes.appendXML(text.utf8)
        bytes.append("</\(name)>")
    }

    /// A token is the key in hexadecimal: opaque, and safe in a query.
    private static func token(key: String) -> String { Hexadecimal.text(key.utf8) }

    private static func key(ofToken token: String) -> String? {
        let digits = Array(token.utf8)
        guard digits.count.isMultiple(of: 2) else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let byte = UInt8(String(decoding: digits[index..<(index + 2)], as: UTF8.self), radix: 16) else {
                return nil
            }
            bytes.append(byte)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func unescaped(_ text: String) -> String {
        guard text.contains("&") else { return text }
        var result = ""
        var rest = text[...]
        while let ampersand = rest.firstIndex(of: "&") {
            result += rest[..<ampersand]
            guard let end = rest[ampersand...].firstIndex(of: ";") else { break }
            let name = rest[rest.index(after: ampersand)..<end]
            rest = rest[rest.index(after: end)...]
            switch name {
            case "amp": result += "&"
            case "lt": result += "<"
            case "gt": result += ">"
            case "quot": result += "\""
            case "apos": result += "'"
            case _ where name.hasPrefix("#x"):
                if let value = UInt32(name.dropFirst(2), radix: 16), let scalar = Unicode.Scalar(value) {
                    result.unicodeScalars.append(scalar)
                }
            case _ where name.hasPrefix("#"):
                if let value = UInt32(name.dropFirst()), let scalar = Unicode.Scalar(value) {
                    result.unicodeScalars.append(scalar)
                }
            default: break
            }
        }
        return result + rest
    }
}
