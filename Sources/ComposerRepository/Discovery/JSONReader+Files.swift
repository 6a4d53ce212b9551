import Wire

extension JSONReader {
    /// Reads `provider-includes`.
    mutating func readHashedFiles(from url: RepositoryURL, _ tally: inout FormatTally) throws -> [HashedFile] {
        var files: [HashedFile] = []
        let isMap = try self.readMembers { reader, key in
            let name = try reader.text(key)
            let hash = try reader.readHash("sha256").map(AnnouncedHash.init)
            let template = try? URLTemplate(url.below(name))
            // Without the hash that its address is to hold there is nothing to ask for.
            guard let template, hash != nil || !name.contains("%hash%") else {
                tally.damaged += 1
                return
            }
            let stable = name.replacing("%hash%", with: "").replacing("$", with: "")
            files.append(HashedFile(name: stable, url: template.url(package: "", hash: hash), hash: hash))
        }
        if !isMap { tally.damaged += 1 }
        return files
    }

    /// Reads `includes`.
    mutating func readIncludedFiles(from url: RepositoryURL, _ tally: inout FormatTally) throws -> [IncludedFile] {
        var files: [IncludedFile] = []
        let isMap = try self.readMembers { reader, key in
            let name = try reader.text(key)
            let sha1 = try reader.readHash("sha1")
            if let address = try? url.file(name), !name.isEmpty {
                files.append(IncludedFile(name: name, url: address, sha1: sha1))
            } else {
                tally.damaged += 1
            }
        }
        if !isMap { tally.damaged += 1 }
        return files
    }

    /// Reads `providers`, entry by entry; the last of several for one name counts.
    mutating func readProviders(
        _ tally: inout FormatTally,
        _ onProvider: (ListedProvider) throws -> Void
    ) throws {
        let isMap = try self.readMembers { reader, key in
            let name = try reader.text(key)
            let hash = try reader.readHash("sha256").map(AnnouncedHash.init)
            if let key = PackageKey.of(name) {
                try onProvider(ListedProvider(name: key, hash: hash))
            } else {
                tally.unusableNames += 1
            }
        }
        if !isMap { tally.damaged += 1 }
    }

    /// The member `name` of an object, as a text that is not empty; nil where there is none, also of anything else.
    private mutating func readHash(_ name: StaticString) throws -> String? {
        var hash: String?
        try self.readMembers { reader, key in
            if reader.matches(key, name) {
                hash = try reader.readText().flatMap { $0.isEmpty ? nil : $0 }
            } else {
                try reader.skipValue()
            }
        }
        return hash
    }
}
