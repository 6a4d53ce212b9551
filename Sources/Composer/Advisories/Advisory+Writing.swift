package import Wire

extension Advisory {
    /// Writes the whole entry, its members in the order of Packagist's API; what is not known is null.
    ///
    /// - Parameters:
    ///   - packageName: Given in answers of an API, which also have `packageName`, `remoteId` and `source`; entries of
    ///     documents have none of them.
    ///   - repository: The URL that `composerRepository` says, likewise.
    package func write(to json: inout JSONWriter, packageName: String? = nil, repository: String? = nil) {
        json.append(raw: "{\"advisoryId\":")
        json.append(self.id)
        if let packageName {
            json.append(raw: ",\"packageName\":")
            json.append(packageName)
            json.append(raw: ",\"remoteId\":")
            json.append(orNull: self.sources.first?.remoteID)
        }
        json.append(raw: ",\"title\":")
        json.append(self.title)
        json.append(raw: ",\"link\":")
        json.append(orNull: self.link)
        json.append(raw: ",\"cve\":")
        json.append(orNull: self.cve)
        json.append(raw: ",\"affectedVersions\":")
        json.append(self.affectedVersions.text)
        if packageName != nil {
            json.append(raw: ",\"source\":")
            json.append(orNull: self.sources.first?.name)
        }
        json.append(raw: ",\"reportedAt\":")
        json.append(self.reportedAt)
        if let repository {
            json.append(raw: ",\"composerRepository\":")
            json.append(repository)
        }
        json.append(raw: ",\"severity\":")
        json.append(orNull: self.severity)
        json.append(raw: ",\"sources\":[")
        for (index, source) in self.sources.enumerated() {
            json.append(raw: index == 0 ? "{\"name\":" : ",{\"name\":")
            json.append(source.name)
            json.append(raw: ",\"remoteId\":")
            json.append(source.remoteID)
            json.append(raw: "}")
        }
        json.append(raw: "]}")
    }
}

extension JSONWriter {
    fileprivate mutating func append(orNull text: String?) {
        if let text { self.append(text) } else { self.append(raw: "null") }
    }
}
