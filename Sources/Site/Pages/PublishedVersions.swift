import Composer
import FoundationEssentials

/// The versions that a package's document holds, newest first, as a page shows them.
struct PublishedVersions {
    struct Version: Equatable {
        var version: String
        /// As in `2024-08-05T14:02:00+00:00`.
        var time: String?
        /// What upstream calls this version, such as a commit.
        var reference: String?
        var archive: String?
        var php: String?
    }

    var versions: [Version] = []
    var description: String?
    var homepage: String?

    /// Reads a minified document; one that can't be read has no versions.
    ///
    /// A version names only what differs from the one before it; what has gone has the value `__unset`
    /// (Composer\MetadataMinifier).
    init(document: [UInt8], package: String) {
        guard let content = try? JSONDecoder().decode(Content.self, from: Data(document)) else { return }
        var last = Version(version: "")
        for entry in content.packages[package] ?? [] {
            last.version = entry.version
            last.time.take(entry.time)
            last.reference.take(entry.source?.reference)
            last.archive.take(entry.dist?.url)
            if let require = entry.require { last.php = require["php"] }
            self.versions.append(last)
            self.description = self.description ?? entry.description
            self.homepage = self.homepage ?? entry.homepage
        }
    }

    private struct Content: Decodable {
        struct Entry: Decodable {
            struct Source: Decodable { var reference: String? }
            struct Dist: Decodable { var url: String? }

            var version: String
            var time: String?
            var description: String?
            var homepage: String?
            var source: Source?
            var dist: Dist?
            var require: [String: String]?
        }

        var packages: [String: [Entry]]
    }
}

extension String? {
    /// What the next version of a minified document says.
    fileprivate mutating func take(_ value: String?) {
        if let value { self = value == "__unset" ? nil : value }
    }
}
