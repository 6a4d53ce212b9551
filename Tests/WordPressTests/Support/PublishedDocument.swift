import Facts
import Foundation
import Testing

@testable import Composer
@testable import Facts
@testable import Upstream
@testable import WordPress

/// One version of a document, expanded, as a client sees it.
struct PublishedEntry: Decodable, Equatable {
    struct Author: Decodable, Equatable {
        var name: String
        var homepage: String?
    }
    struct Archive: Decodable, Equatable {
        var type: String
        var url: String
        var reference: String
    }

    var name: String
    var description: String?
    var homepage: String?
    var version: String
    var version_normalized: String
    var type: String
    var authors: [Author]?
    var require: [String: String]
    var dist: Archive
    var source: Archive
    var support: [String: String]
    var time: String?
    var abandoned: Bool?
}

/// A document, expanded by a few lines of our own; MinificationTests has Composer do it.
struct PublishedDocument {
    var entries: [PublishedEntry]
    var versions: [String] { self.entries.map(\.version) }

    init(_ document: DerivedDocument) throws {
        let object = try #require(JSONSerialization.jsonObject(with: Data(document.bytes)) as? [String: Any])
        #expect(object["minified"] as? String == "composer/2.0")
        let packages = try #require(object["packages"] as? [String: [[String: Any]]])
        #expect(packages.count == 1)
        let (name, minified) = try #require(packages.first)
        #expect(document.path == "p2/\(name).json" || document.path == "p2/\(name)~dev.json")
        var expanded: [String: Any] = [:]
        self.entries = try minified.map { differences in
            for (key, value) in differences { expanded[key] = value as? String == "__unset" ? nil : value }
            return try JSONDecoder().decode(
                PublishedEntry.self,
                from: JSONSerialization.data(withJSONObject: expanded)
            )
        }
    }

    subscript(version: String) -> PublishedEntry? { self.entries.first { $0.version == version } }
}

extension Derivation {
    static func documents(
        _ payload: Payload,
        facts: LogFacts = [:],
        settings: DirectorySettings? = nil
    ) -> DerivedPackage {
        self.documents(payload: payload, facts: facts, settings: settings ?? DirectorySettings(payload.type))
    }
}

extension DerivedPackage {
    var main: DerivedDocument { self.documents[0] }
    var dev: DerivedDocument { self.documents[1] }
    var invalidTags: Int { self.count("tags_invalid") }
    var heldBackTags: Int { self.count("tags_held_back") }
    var collidingTags: Int { self.count("tags_colliding") }
    /// Versions in both documents.
    var versionCount: Int? { try? self.documents.map { try PublishedDocument($0).versions.count }.reduce(0, +) }

    private func count(_ name: String) -> Int { self.counts.first { $0.name.rawValue == name }?.count ?? 0 }
}

extension Payload {
    /// A plugin with these tags, their archives where the API says they are; `trunk` has the archive without a version.
    static func plugin(_ slug: String = "example", version: String, stableTag: String?, tags: [String]) -> Payload {
        let base = "https://downloads.wordpress.org/plugin/\(slug)"
        return Payload(
            type: .plugin,
            slug: slug,
            version: version,
            stableTag: stableTag,
            versions: tags.map { VersionLink(tag: $0, url: $0 == "trunk" ? "\(base).zip" : "\(base).\($0).zip") }
        )
    }

    static func theme(_ slug: String = "example", version: String, versions: [String]) -> Payload {
        Payload(
            type: .theme,
            slug: slug,
            version: version,
            versions: versions.map {
                VersionLink(tag: $0, url: "https://downloads.wordpress.org/theme/\(slug).\($0).zip")
            }
        )
    }
}
