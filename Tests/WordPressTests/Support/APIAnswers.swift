import Foundation
import TestSupport

@testable import Composer
@testable import WordPress

/// Whole answers of the API, read just well enough for these tests.
enum APIAnswers {
    static func plugins(_ data: TestData) throws -> [Payload] {
        try data.files(in: "wporg-plugins").map { file in
            let answer = try JSONDecoder().decode(Answer.self, from: Data(contentsOf: file))
            return Payload(
                type: .plugin,
                slug: answer.slug,
                title: answer.name,
                shortDescription: answer.short_description ?? "",
                version: answer.version.string ?? "",
                stableTag: answer.stable_tag,
                requiresPHP: answer.requires_php?.string,
                author: answer.author.name,
                authorURL: answer.author_profile?.string,
                homepage: answer.homepage,
                lastUpdatedSeconds: 1_700_000_000,
                downloadLink: answer.download_link,
                versions: answer.versions.links
            )
        }
    }

    static func themes(_ data: TestData) throws -> [Payload] {
        try data.files(in: "wporg-themes").map { file in
            let answer = try JSONDecoder().decode(Answer.self, from: Data(contentsOf: file))
            return Payload(
                type: .theme,
                slug: answer.slug,
                title: answer.name,
                shortDescription: answer.sections?.description ?? "",
                version: answer.version.string ?? "",
                requiresPHP: answer.requires_php?.string,
                author: answer.author.name,
                authorURL: answer.author.url,
                homepage: answer.homepage,
                lastUpdatedSeconds: 1_700_000_000,
                downloadLink: answer.download_link,
                versions: answer.versions.links
            )
        }
    }

    private struct Answer: Decodable {
        var slug: String
        var name: String
        var version: StringOrFalse
        var stable_tag: String?
        var short_description: String?
        var sections: Sections?
        var requires_php: StringOrFalse?
        var author: Author
        var author_profile: StringOrFalse?
        var homepage: String?
        var download_link: String?
        var versions: Versions
    }

    private struct Sections: Decodable {
        var description: String?

        init(from decoder: any Decoder) throws {
            // An empty list where there are none.
            self.description = try? decoder.container(keyedBy: Key.self).decode(String.self, forKey: .description)
        }

        enum Key: CodingKey { case description }
    }

    private struct Author: Decodable {
        var name: String
        var url: String?

        init(from decoder: any Decoder) throws {
            if let name = try? decoder.singleValueContainer().decode(String.self) {
                self.name = name
                return
            }
            let container = try decoder.container(keyedBy: Key.self)
            self.name = try container.decode(String.self, forKey: .display_name)
            self.url = try container.decode(StringOrFalse.self, forKey: .author_url).string
        }

        enum Key: CodingKey { case display_name, author_url }
    }

    private struct Versions: Decodable {
        var links: [VersionLink]

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            // An empty list where there are none.
            let versions = (try? container.decode([String: String].self)) ?? [:]
            self.links = versions.map { VersionLink(tag: $0.key, url: $0.value) }
        }
    }
}
