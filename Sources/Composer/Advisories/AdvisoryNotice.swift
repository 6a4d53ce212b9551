package import Wire

/// Whose an advisory is, and on what terms it may be passed on: what every copy has to carry.
///
/// Wordfence's feed has them as `copyrights` of a record, and documents of ours as `attribution`, with the same members.
package struct AdvisoryNotice: Hashable, Sendable {
    /// Such as `Copyright 2012-2026 Defiant Inc.`, in its own words.
    package var notice: String
    /// The licence, in its own words.
    package var licence: String
    /// Where its terms are.
    package var url: String?

    package init(notice: String, licence: String, url: String?) {
        self.notice = notice
        self.licence = licence
        self.url = url
    }

    /// Reads one value; nil for what says neither whose nor on what terms, such as a plain message to everybody.
    ///
    /// - Throws: ``JSONReader/Failure`` where this is no JSON.
    package init?(reading reader: inout JSONReader) throws {
        guard try reader.kind() == .object else {
            try reader.skipValue()
            return nil
        }
        var texts: [String: String] = [:]
        try reader.readObject { reader, key in
            let key = try reader.text(key)
            if let text = try reader.readText() { texts[key] = text }
        }
        guard let notice = texts["notice"], let licence = texts["license"] else { return nil }
        self.init(notice: notice, licence: licence, url: texts["license_url"])
    }

    package func write(to json: inout JSONWriter) {
        json.append(raw: "{\"notice\":")
        json.append(self.notice)
        json.append(raw: ",\"license\":")
        json.append(self.licence)
        if let url = self.url {
            json.append(raw: ",\"license_url\":")
            json.append(url)
        }
        json.append(raw: "}")
    }

    /// In one paragraph.
    package var text: String { [self.notice, self.licence, self.url].compactMap(\.self).joined(separator: " ") }
}
