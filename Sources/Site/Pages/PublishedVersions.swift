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
    /// What the newest of them says of the package.
    var details: PublishedDetails?

    /// Reads a document; one that can't be read has no versions.
    ///
    /// Of a minified one a version names only what differs from the one before it; what has gone has the value `__unset`
    /// (Composer\MetadataMinifier). What upstream wrote is shown as far as it is understood.
    init(document: [UInt8], package: String) {
        let decoder = JSONDecoder()
        if let key = First.key { decoder.userInfo[key] = First() }
        guard let content = try? decoder.decode(Content.self, from: Data(document)) else { return }
        var last = Version(version: "")
        for entry in content.packages[package]?.entries ?? [] {
            if content.minified == nil { last = Version(version: "") }
            last.version = entry.version
            if let time = entry.time { last.time = time }
            if let source = entry.source { last.reference = source.reference }
            if let dist = entry.dist { last.archive = dist.url }
            if let require = entry.require { last.php = require["php"] }
            self.versions.append(last)
            self.description = self.description ?? entry.description.flatMap(\.self)
            // Of a minified document the first version is complete.
            if self.details == nil { self.details = entry.details }
        }
    }
}
