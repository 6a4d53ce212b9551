import Wire

/// A site's `composer.json`, taken from WPackagist or WP Packages to another repository.
///
/// Composer's own keys are read as its schema says; what stands in `config` and `extra` is read by plugins of any kind,
/// so there every string that is a name of an old vendor and nothing else is one.
package struct SiteMigration {
    package internal(set) var edits: NameEdits
    /// The repositories that were replaced, and those that are gone because one is enough.
    package internal(set) var replaced: [String] = []
    package internal(set) var removed: [String] = []
    /// Whether the new repository is among them, before or after.
    package internal(set) var hasRepository = false
    /// A file of patches by name of package, as cweagans/composer-patches takes it.
    package private(set) var patchesFile: String?
    /// Where Composer keeps what it knows to be installed.
    package private(set) var vendorFolder = "vendor"
    /// Whether a byte-order mark is left out: Composer reads no file that has one.
    package let hasByteOrderMark: Bool

    /// Where the new repository is, and where the old ones are.
    let url: String
    let hosts: Set<String>

    /// - Parameters:
    ///   - url: Of the new repository, without quotes and backslashes.
    ///   - hosts: Further hosts whose repositories are replaced.
    /// - Throws: `JSONReader.Failure` when it is not JSON; its position is one in ``text``.
    package init(_ file: [UInt8], to url: String, names: VendorNames, hosts: [String] = []) throws {
        self.hasByteOrderMark = file.starts(with: [0xef, 0xbb, 0xbf])
        self.url = url
        self.hosts = VendorNames.hosts.union(hosts.map { $0.lowercased() })
        self.edits = NameEdits(file, names)
        let start = self.hasByteOrderMark ? 3 : 0
        // The whole form first: what follows goes no deeper than that allows.
        var form = JSONReader(file, at: start..<file.count)
        try form.skipValue()
        try form.finish()
        if self.hasByteOrderMark { self.edits.edits.replace(0..<3, with: []) }
        var reader = JSONReader(file, at: start..<file.count)
        guard case .object = try reader.kind() else {
            throw JSONReader.Failure(reason: "it is no object", position: start)
        }
        try reader.readObject { reader, key in
            let part = try reader.text(key)
            switch part {
            case "require", "require-dev", "conflict", "replace", "provide", "suggest":
                try self.edits.readLinks(&reader, in: part)
            case "repositories":
                try self.readRepositories(&reader)
            case "config", "extra":
                if part == "extra" { self.patchesFile = try self.text(of: "patches-file", in: reader) }
                if part == "config" { self.vendorFolder = try self.text(of: "vendor-dir", in: reader) ?? "vendor" }
                try self.edits.walk(&reader, part, in: part, renames: true)
            default:
                try self.edits.walk(&reader, part, in: part, renames: false)
            }
        }
    }

    package var isUnchanged: Bool { self.edits.edits.isEmpty }

    /// A text that is a member of the object that comes next; the object is not read.
    private func text(of name: StaticString, in object: JSONReader) throws -> String? {
        var reader = object
        var found: String?
        guard case .object = try reader.kind() else { return nil }
        try reader.readObject { reader, key in
            if reader.matches(key, name) {
                found = try self.edits.readText(&reader)?.text
            } else {
                try reader.skipValue()
            }
        }
        return found
    }
}
