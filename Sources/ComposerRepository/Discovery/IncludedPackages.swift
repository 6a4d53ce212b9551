package import Composer
import Wire

/// Packages with all their versions, as `packages` of a root or of an included file has them.
///
/// Composer goes by the name that stands in a version; the key above it is not even compared. So one value can hold
/// versions of several packages, and one package can be in several.
package struct IncludedPackages: Sendable {
    package struct Package: Sendable {
        /// In lower case.
        package let name: String
        /// Where the bytes of each of its versions are, JSON objects, in order.
        package internal(set) var versions: [Range<Int>]
        /// Where the value is that has these versions and nothing else, a map or a list; nil where there is no such.
        package internal(set) var value: Range<Int>?
        /// Changes when anything of the package's bytes does: SHA-256 of its value, else of its versions.
        package internal(set) var mark: ContentHash
        /// By which a change of it is told: `PackageRecord.mark`.
        package var toldMark: String { String(self.mark.hexadecimal.prefix(32)) }
    }

    /// What the ranges are of.
    package let bytes: [UInt8]
    /// In the order in which their names first appear.
    package private(set) var packages: [Package] = []
    /// Further files; their keys are relative to the root's folder, whichever file names them.
    package private(set) var includes: [IncludedFile] = []
    /// Versions without a name, which end everything for Composer, count as damaged.
    package private(set) var tally = FormatTally()

    /// - Throws: ``UnreadableAnswer`` where the file has no packages and names none, or ends early.
    package init(parsing bytes: [UInt8], from url: RepositoryURL) throws {
        self.bytes = bytes
        let expected = "file with packages"
        var collector = VersionCollector()
        var isFile = false
        try UnreadableAnswer.reading(expected) {
            var reader = JSONReader(bytes)
            guard try reader.kind() == .object else { throw UnreadableAnswer(expected, "it is no JSON object") }
            try reader.readObject { reader, key in
                switch try reader.text(key) {
                case "packages":
                    isFile = try reader.isCollection() || isFile
                    collector = VersionCollector()
                    try collector.read(&reader)
                case "includes":
                    isFile = try reader.isCollection() || isFile
                    self.includes = try reader.readIncludedFiles(from: url, &self.tally)
                default: try reader.skipValue()
                }
            }
            try reader.finish()
        }
        guard isFile else { throw UnreadableAnswer(expected, "it has neither 'packages' nor 'includes'") }
        self.tally.add(collector.tally)
        self.packages = collector.packages(of: bytes)
    }
}
