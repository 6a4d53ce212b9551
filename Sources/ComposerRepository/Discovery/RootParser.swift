import Wire

/// Reads the members of a root into it.
struct RootParser {
    /// That many problems are kept in words.
    private static let maxProblems = 10

    let url: RepositoryURL
    /// Whether there was any member that makes a root.
    private(set) var isRoot = false
    /// Why addresses can't be used, by member.
    private(set) var unusable: [String: String] = [:]

    init(url: RepositoryURL) { self.url = url }

    mutating func read(_ reader: inout JSONReader, _ member: String, into root: inout RepositoryRoot) throws {
        switch member {
        case "metadata-url": root.metadataURL = try self.template(&reader, member, &root)
        case "providers-url": root.providersURL = try self.template(&reader, member, &root)
        case "providers-lazy-url": root.lazyURL = try self.template(&reader, member, &root)
        case "metadata-changes-url": root.changesURL = try self.address(&reader, member, &root)
        case "list": root.listURL = try self.address(&reader, member, &root)
        case "packages":
            try self.markRoot(&reader)
            let isCollection = try reader.isCollection()
            root.hasInlinePackages = try reader.readTruth() && isCollection
        case "includes":
            try self.markRoot(&reader)
            root.includes = try reader.readIncludedFiles(from: self.url, &root.tally)
        case "provider-includes":
            try self.markRoot(&reader)
            root.providerIncludes = try reader.readHashedFiles(from: self.url, &root.tally)
        case "providers":
            try self.markRoot(&reader)
            var providers: [ListedProvider] = []
            try reader.readProviders(&root.tally) { providers.append($0) }
            root.providers = providers
        case "available-packages": root.availablePackages = try self.names(&reader, &root.tally)
        case "available-package-patterns": root.availablePatterns = try self.patterns(&reader, &root.tally)
        case "security-advisories": root.securityAdvisories = try self.advisories(&reader, &root)
        case "filter": root.filter = try self.filter(&reader, &root)
        default: try reader.skipValue()
        }
    }

    /// A null is nothing, as for PHP.
    private mutating func markRoot(_ reader: inout JSONReader) throws {
        self.isRoot = try reader.isCollection() || self.isRoot
    }

    private mutating func template(
        _ reader: inout JSONReader,
        _ member: String,
        _ root: inout RepositoryRoot
    ) throws -> URLTemplate? {
        let address = try self.address(&reader, member, &root)
        if address != nil || self.unusable[member] != nil { self.isRoot = true }
        return address.map(URLTemplate.init)
    }

    /// An absolute address; nil where there is none, as PHP sees it, or where it can't be used.
    mutating func address(
        _ reader: inout JSONReader,
        _ member: String,
        _ root: inout RepositoryRoot
    ) throws -> String? {
        self.unusable[member] = nil
        guard try reader.kind() == .string else {
            if try reader.readTruth() { self.refuse(member, "is no text", &root) }
            return nil
        }
        let text = try reader.readString()
        guard text != "", text != "0" else { return nil }
        do {
            return try self.url.resolve(text)
        } catch {
            self.refuse(member, "\(error)", &root)
            return nil
        }
    }

    private mutating func refuse(_ member: String, _ reason: String, _ root: inout RepositoryRoot) {
        let problem = "'\(member)' \(reason)"
        self.unusable[member] = problem
        if root.problems.count < Self.maxProblems { root.problems.append(problem) }
    }

    private func names(_ reader: inout JSONReader, _ tally: inout FormatTally) throws -> [String]? {
        var names: [String] = []
        guard try reader.isCollection() else {
            if try reader.readTruth() { tally.damaged += 1 }
            return nil
        }
        let found = try PackageNames.read(&reader) { names.append($0) }
        tally.add(found)
        // A list of nothing but what can't be used is a list all the same; an empty one is none for Composer.
        return names.isEmpty && found == FormatTally() ? nil : names
    }

    private func patterns(_ reader: inout JSONReader, _ tally: inout FormatTally) throws -> [String]? {
        var patterns: [String] = []
        var damaged = 0
        try reader.readTexts({ patterns.append($0) }, onOther: { damaged += 1 })
        tally.damaged += damaged
        return patterns.isEmpty ? nil : patterns
    }
}
