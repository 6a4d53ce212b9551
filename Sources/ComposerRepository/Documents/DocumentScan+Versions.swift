import Wire

extension DocumentScan {
    /// Reads a list or a map of versions; nil for anything else, which is passed over.
    static func readVersions(_ reader: inout JSONReader) throws -> Versions? {
        let kind = try reader.kind()
        guard kind == .object || kind == .array else {
            // Nothing, or nothing that Composer could read.
            try reader.skipValue()
            return nil
        }
        var found = Versions(range: reader.position..<reader.position, isMap: kind == .object)
        if found.isMap {
            var places: [[UInt8]: Int] = [:]
            try reader.readObject { reader, key in
                let text = key.isEscaped ? Array(try reader.text(key).utf8) : Array(reader.bytes[key.range])
                let version = try reader.readVersion()
                try self.limit(found.versions.count, at: reader.position)
                if let place = places.updateValue(places[text] ?? found.versions.count, forKey: text) {
                    found.versions[place] = version
                } else {
                    found.versions.append(version)
                }
            }
        } else {
            try reader.readArray { reader, _ in
                try self.limit(found.versions.count, at: reader.position)
                found.versions.append(try reader.readVersion())
            }
        }
        found.range = found.range.lowerBound..<reader.position
        return found
    }

    /// - Parameter count: Of the versions that are known before another one.
    static func limit(_ count: Int, at position: Int) throws {
        guard count < DocumentLimits.versions else {
            throw JSONReader.Failure(
                reason: "there are more than \(DocumentLimits.versions) versions, the most that a package may have,",
                position: position
            )
        }
    }
}
