import Wire

/// The `composer.lock` of a site, under the new names: with the versions that it has, so that `composer update --lock`
/// finds each of them in the new repository instead of choosing anew.
package struct LockMigration {
    /// A package that requires another by its old name: its own `composer.json` says so, wherever that is.
    package struct Dependent: Equatable, Sendable {
        package var name: String
        package var requires: String
    }

    package private(set) var edits: NameEdits
    package private(set) var dependents: [Dependent] = []

    /// - Throws: `JSONReader.Failure` when it is not JSON.
    package init(_ file: [UInt8], names: VendorNames) throws {
        self.edits = NameEdits(file, names)
        var form = JSONReader(file)
        try form.skipValue()
        try form.finish()
        var reader = JSONReader(file)
        guard case .object = try reader.kind() else {
            throw JSONReader.Failure(reason: "it is no object", position: 0)
        }
        try reader.readObject { reader, key in
            switch try reader.text(key) {
            case "packages", "packages-dev":
                try self.readObjects(&reader) { try $0.readPackage(&$1) }
            case "aliases":
                try self.readObjects(&reader) { try $0.readAlias(&$1) }
            case "stability-flags":
                try self.edits.readLinks(&reader, in: "composer.lock")
            default:
                try reader.skipValue()
            }
        }
    }

    package var isUnchanged: Bool { self.edits.edits.isEmpty }

    private mutating func readObjects(
        _ reader: inout JSONReader,
        _ read: (inout Self, inout JSONReader) throws -> Void
    ) throws {
        guard case .array = try reader.kind() else {
            try reader.skipValue()
            return
        }
        try reader.readArray { reader, _ in
            if case .object = try reader.kind() { try read(&self, &reader) } else { try reader.skipValue() }
        }
    }

    private mutating func readPackage(_ reader: inout JSONReader) throws {
        var name: String?
        var required: [String] = []
        try reader.readObject { reader, key in
            if reader.matches(key, "name"), let text = try self.edits.readText(&reader) {
                name = text.text
                self.edits.rename(text, in: "composer.lock")
            } else if reader.matches(key, "require"), case .object = try reader.kind() {
                try reader.readObject { reader, key in
                    let text = try reader.text(key)
                    if self.edits.names.rename(text) != nil { required.append(text) }
                    try reader.skipValue()
                }
            } else {
                try reader.skipValue()
            }
        }
        self.dependents += required.map { Dependent(name: name ?? "a package without a name", requires: $0) }
    }

    private mutating func readAlias(_ reader: inout JSONReader) throws {
        try reader.readObject { reader, key in
            if reader.matches(key, "package"), let text = try self.edits.readText(&reader) {
                self.edits.rename(text, in: "composer.lock")
            } else {
                try reader.skipValue()
            }
        }
    }
}
