import Composer
import Wire

/// The names that versions speak of.
extension RepositoryDocument {
    package enum VersionChoice: Sendable {
        /// The newest stable version; where there is none, the first of the list.
        case newest
        case any
    }

    /// The packages that versions of a package require, in lower case: without those for development, and without what
    /// is of the platform (`php`, `ext-json`, `composer-plugin-api`), whose names have no vendor.
    ///
    /// - Throws: ``UnreadableDocument``.
    package static func namesRequired(in document: [UInt8], of name: String, by choice: VersionChoice) throws -> Set<
        String
    > {
        let document = try self.judged(document, of: name)
        switch choice {
        case .any: return try self.names(document, document.versions.indices, [\.require])
        case .newest:
            let newest = try VersionSummary(document).latestIndex ?? document.versions.firstIndex(where: \.isKept)
            return try self.names(document, newest.map { $0..<($0 + 1) } ?? 0..<0, [\.require])
        }
    }

    /// What any version requires, of a document that was scanned.
    static func namesRequired(in scan: DocumentScan, of name: String) throws -> Set<String> {
        let document = try JudgedDocument(scan, name: name, addsNames: true)
        return try self.names(document, document.versions.indices, [\.require])
    }

    /// The packages that versions of a package provide or replace, in lower case: in a provider tree the versions are
    /// in the files of those names too.
    ///
    /// - Throws: ``UnreadableDocument``.
    package static func namesProvided(in document: [UInt8], of name: String) throws -> Set<String> {
        let document = try self.judged(document, of: name)
        return try self.names(document, document.versions.indices, [\.provide, \.replace])
    }

    private static func judged(_ document: [UInt8], of name: String) throws -> JudgedDocument {
        let scan = try DocumentScan(document, of: Array(name.utf8), label: name, keepsPolicies: false)
        return try JudgedDocument(scan, name: name, addsNames: true)
    }

    private static func names(
        _ document: JudgedDocument,
        _ versions: Range<Int>,
        _ members: [KeyPath<ScannedVersion, Place>]
    ) throws -> Set<String> {
        var names: Set<String> = []
        // In a minified list most versions have the place from the one before.
        var seen = Set<Int>()
        for version in document.versions[versions] where version.isKept {
            for member in members {
                guard let place = version.version[keyPath: member].value, seen.insert(place.lowerBound).inserted else {
                    continue
                }
                var reader = JSONReader(document.scan.bytes, at: place)
                guard try reader.kind() == .object else { continue }
                try reader.readObject { reader, key in
                    try reader.skipValue()
                    // Not lowercased(), which makes ASCII letters of some others.
                    let name = String(decoding: try reader.text(key).utf8.map(\.lowercased), as: UTF8.self)
                    if PackageName.isValid(name) { names.insert(name) }
                }
            }
        }
        return names
    }
}
