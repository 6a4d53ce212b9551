import Wire

extension SiteMigration {
    /// Names that people give to the old ones, as their documentation does; others are theirs and stay.
    private static let oldNames: Set<String> = [
        "wpackagist", "wpackagist.org", "wp-packages", "wp-packages.org", "wp-composer",
    ]

    /// Reads `repositories` in either form, and lets the entries of old hosts lead to the new repository.
    mutating func readRepositories(_ reader: inout JSONReader) throws {
        var entries: [RepositoryEntry] = []
        switch try reader.kind() {
        case .array:
            try reader.readArray { reader, _ in entries.append(try RepositoryEntry(self.edits, &reader)) }
        case .object:
            try reader.readObject { reader, key in
                let name = try self.edits.text(key, reader)
                entries.append(try RepositoryEntry(self.edits, &reader, key: name))
            }
        default:
            try reader.skipValue()
        }
        let isOld = entries.map { self.isOld($0) }
        let isCut = self.superfluous(entries, isOld)
        self.edits.edits.cut(zip(entries, isCut).map { ByteEdits.Part(range: $0.part, isCut: $1) })
        var names = Set(zip(entries, isOld).filter { !$1 }.compactMap { $0.0.name?.text.lowercased() })
        for (index, entry) in entries.enumerated() {
            if self.isNew(entry) { self.hasRepository = true }
            if isCut[index] {
                self.removed.append(entry.url?.text ?? "")
                continue
            }
            if isOld[index], let url = entry.url {
                self.hasRepository = true
                self.replaced.append(url.text)
                self.edits.replace(url, with: self.url)
                if let name = entry.name, Self.oldNames.contains(name.text.lowercased()) {
                    let new = Self.freeName(names)
                    names.insert(new)
                    self.edits.replace(name, with: new)
                }
            }
            try self.renameInside(entry)
        }
    }

    /// `packline`, or with a number where an entry that stays is called that.
    private static func freeName(_ names: Set<String>) -> String {
        var name = "packline"
        var number = 2
        while names.contains(name) {
            name = "packline-\(number)"
            number += 1
        }
        return name
    }

    private func isNew(_ entry: RepositoryEntry) -> Bool {
        guard let url = entry.url, entry.type == "composer" else { return false }
        return RepositoryEntry.address(url.text) == RepositoryEntry.address(self.url)
    }

    private func isOld(_ entry: RepositoryEntry) -> Bool {
        guard let url = entry.url, entry.type == "composer", let host = RepositoryEntry.host(url.text) else {
            return false
        }
        return self.hosts.contains(host) && !self.isNew(entry)
    }

    /// Which old entries would say again what another one says: the new repository without a filter, or with the same.
    private func superfluous(_ entries: [RepositoryEntry], _ isOld: [Bool]) -> [Bool] {
        let leads = entries.indices.filter { isOld[$0] || self.isNew(entries[$0]) }
        let whole =
            leads.first { !isOld[$0] && entries[$0].filters.isEmpty } ?? leads.first { entries[$0].filters.isEmpty }
        return entries.indices.map { index in
            guard isOld[index] else { return false }
            if let whole { return whole != index }
            return leads.contains {
                $0 != index && entries[$0].filters == entries[index].filters && (!isOld[$0] || $0 < index)
            }
        }
    }

    /// Names in `only` and `exclude`, which any repository may have, and in a package that is written there as a whole.
    private mutating func renameInside(_ entry: RepositoryEntry) throws {
        var reader = JSONReader(self.edits.bytes, at: entry.value)
        guard case .object = try reader.kind() else { return }
        try reader.readObject { reader, key in
            switch try reader.text(key) {
            case "only", "exclude": try self.renameFilter(&reader)
            case "package": try self.edits.walk(&reader, "repositories", in: "repositories", renames: true)
            default: try reader.skipValue()
            }
        }
    }

    private mutating func renameFilter(_ reader: inout JSONReader) throws {
        guard case .array = try reader.kind() else {
            try reader.skipValue()
            return
        }
        try reader.readArray { reader, _ in
            guard let text = try self.edits.readText(&reader) else { return }
            if self.edits.names.isOfBoth(text.text) {
                // Two strings in the place of one: the quotes around it end the first and begin the second.
                self.edits.replace(text, with: self.edits.names.both.joined(separator: "\", \""))
                self.edits.count("repositories")
            } else if !self.edits.rename(text, in: "repositories"), self.edits.names.isMentioned(in: text.text) {
                self.edits.left.append(self.edits.note("repositories", text.text, at: text.range.lowerBound))
            }
        }
    }
}
