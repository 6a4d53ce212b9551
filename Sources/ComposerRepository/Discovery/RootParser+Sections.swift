import Wire

extension RootParser {
    mutating func advisories(_ reader: inout JSONReader, _ root: inout RepositoryRoot) throws -> RootAdvisories? {
        var advisories = RootAdvisories()
        let isThere = try reader.readEntries { reader, key in
            switch try key.map(reader.text) {
            case "metadata": advisories.inDocuments = try reader.readTruth()
            case "api-url": advisories.apiURL = try self.address(&reader, "security-advisories.api-url", &root)
            default: try reader.skipValue()
            }
        }
        return isThere ? advisories : nil
    }

    mutating func filter(_ reader: inout JSONReader, _ root: inout RepositoryRoot) throws -> RootFilter? {
        var filter = RootFilter()
        let isThere = try reader.readEntries { reader, key in
            switch try key.map(reader.text) {
            case "metadata": filter.inDocuments = try reader.readTruth()
            case "lists": filter.lists = try Self.lists(&reader)
            case "summary-url": filter.summaryURL = try self.address(&reader, "filter.summary-url", &root)
            case "api-url": filter.apiURL = try self.address(&reader, "filter.api-url", &root)
            default: try reader.skipValue()
            }
        }
        return isThere ? filter : nil
    }

    private static func lists(_ reader: inout JSONReader) throws -> [String] {
        var lists: [String] = []
        try reader.readMembers { reader, key in
            let name = try reader.text(key)
            var isEnabled = false
            try reader.readMembers { reader, key in
                if reader.matches(key, "enabled") {
                    isEnabled = try reader.readTruth()
                } else {
                    try reader.skipValue()
                }
            }
            if isEnabled { lists.append(name) }
        }
        return lists
    }
}
