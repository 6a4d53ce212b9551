import FoundationEssentials
import Wire

/// Why stored bytes are not a payload.
package struct PayloadError: Error, CustomStringConvertible {
    /// What is wrong, and where.
    package var description: String
}

extension Payload {
    /// The payload as JSON: keys in fixed order, nothing for what is nil, no white space, equal bytes for equal payloads.
    package func canonicalJSON() -> [UInt8] {
        var json = JSONWriter(reservingCapacity: 512 + self.shortDescription.utf8.count + 96 * self.versions.count)
        json.append(raw: "{\"type\":")
        json.append(self.type.rawValue)
        for (key, value) in [
            (",\"slug\":", self.slug), (",\"title\":", self.title), (",\"shortDescription\":", self.shortDescription),
            (",\"version\":", self.version), (",\"stableTag\":", self.stableTag),
            (",\"requiresPHP\":", self.requiresPHP), (",\"requiresWordPress\":", self.requiresWordPress),
            (",\"testedWordPress\":", self.testedWordPress),
            (",\"author\":", self.author), (",\"authorURL\":", self.authorURL), (",\"homepage\":", self.homepage),
            (",\"downloadLink\":", self.downloadLink),
        ] as [(StaticString, String?)] {
            guard let value else { continue }
            json.append(raw: key)
            json.append(value)
        }
        if let lastUpdatedSeconds = self.lastUpdatedSeconds {
            json.append(raw: ",\"lastUpdatedSeconds\":")
            json.append(lastUpdatedSeconds)
        }
        // Pairs, not an object: tags that are canonically equivalent text would be one key to many readers.
        json.append(raw: ",\"versions\":[")
        for (index, link) in self.versions.enumerated() {
            json.append(raw: index == 0 ? "[" : ",[")
            json.append(link.tag)
            json.append(raw: ",")
            json.append(link.url)
            json.append(raw: "]")
        }
        json.append(raw: "]}")
        return json.bytes
    }

    /// Reads what ``canonicalJSON()`` wrote.
    ///
    /// - Throws: ``PayloadError``, naming what is wrong.
    package init(canonicalJSON: some Collection<UInt8>) throws {
        do {
            let stored = try JSONDecoder().decode(Stored.self, from: Data(canonicalJSON))
            guard let type = PackageType(rawValue: stored.type) else {
                throw PayloadError(description: "stored payload: 'type' is '\(stored.type)', not a known package type")
            }
            self.init(
                type: type,
                slug: stored.slug,
                title: stored.title,
                shortDescription: stored.shortDescription,
                version: stored.version,
                stableTag: stored.stableTag,
                requiresPHP: stored.requiresPHP,
                requiresWordPress: stored.requiresWordPress,
                testedWordPress: stored.testedWordPress,
                author: stored.author,
                authorURL: stored.authorURL,
                homepage: stored.homepage,
                lastUpdatedSeconds: stored.lastUpdatedSeconds,
                downloadLink: stored.downloadLink,
                versions: try stored.versions.map { pair in
                    guard pair.count == 2 else {
                        throw PayloadError(description: "stored payload: an entry of 'versions' is not a tag and a URL")
                    }
                    return VersionLink(tag: pair[0], url: pair[1])
                }
            )
        } catch let error as DecodingError {
            throw PayloadError(description: "stored payload: \(error)")
        }
    }

    private struct Stored: Decodable {
        var type: String
        var slug: String
        var title: String
        var shortDescription: String
        var version: String
        var stableTag: String?
        var requiresPHP: String?
        var requiresWordPress: String?
        var testedWordPress: String?
        var author: String
        var authorURL: String?
        var homepage: String?
        var downloadLink: String?
        var lastUpdatedSeconds: Int64?
        var versions: [[String]]
    }
}
