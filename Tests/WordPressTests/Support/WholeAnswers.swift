import Foundation
import TestSupport
import Testing

@testable import Composer
@testable import Upstream
@testable import WordPress

/// Whole answers of a folder, compared with what a general parser makes of them.
struct WholeAnswers {
    var data: TestData

    init(_ data: TestData) { self.data = data }

    func read(_ bytes: [UInt8], _ type: PackageType, _ slug: String) throws -> Result<
        PackageAnswer<Payload>, UpstreamError
    >? {
        let label = RequestLabel(method: "GET", url: "https://api.example/")
        return try BatchAnswer(bytes, type: type, slugs: [slug], label: label).results[slug]
    }

    /// What a general parser makes of an answer.
    func expected(_ bytes: [UInt8]) throws -> [String: Any] {
        let object = try JSONSerialization.jsonObject(with: Data(bytes))
        return object as? [String: Any] ?? [:]
    }

    func expectPluginsAsSent() throws {
        for (slug, bytes) in try self.data.documents(in: "wporg-plugins") {
            let expected = try self.expected(bytes)
            let whole = Array("{\"\(slug)\":".utf8) + bytes + Array("}".utf8)
            guard
                case .success(.active(let payload, let facts)) = try self.read(whole, .plugin, slug)
            else {
                Issue.record("\(slug) can't be read")
                continue
            }
            #expect(payload.slug == slug)
            #expect(payload.title == expected["name"] as? String)
            #expect(payload.version == expected["version"] as? String)
            #expect(payload.stableTag == expected["stable_tag"] as? String)
            #expect(payload.requiresPHP == expected["requires_php"] as? String)
            #expect(payload.author == expected["author"] as? String)
            #expect(payload.shortDescription == expected["short_description"] as? String)
            #expect(payload.downloadLink == expected["download_link"] as? String)
            #expect(payload.homepage ?? "" == expected["homepage"] as? String)
            #expect(payload.lastUpdatedSeconds != nil)
            #expect(facts.activeInstalls == (expected["active_installs"] as? NSNumber)?.int64Value)
            let versions = expected["versions"] as? [String: String] ?? [:]
            #expect(Dictionary(payload.versions.map { ($0.tag, $0.url) }) { $1 } == versions, "\(slug)")
            #expect(payload.versions.count == versions.count)
        }
    }

    func expectThemesAsSent() throws {
        var numbers = 0
        for (slug, bytes) in try self.data.documents(in: "wporg-themes") {
            let expected = try self.expected(bytes)
            let whole = Array("{\"\(slug)\":".utf8) + bytes + Array("}".utf8)
            guard case .success(.active(let payload, _)) = try self.read(whole, .theme, slug)
            else {
                Issue.record("\(slug) can't be read")
                continue
            }
            if let number = expected["version"] as? NSNumber {
                numbers += 1
                #expect(payload.version == number.stringValue)
            } else {
                #expect(payload.version == expected["version"] as? String)
            }
            let author = expected["author"] as? [String: Any] ?? [:]
            #expect(payload.author == author["display_name"] as? String)
            #expect(payload.authorURL == author["author_url"] as? String ?? author["profile"] as? String)
            #expect(payload.shortDescription == (expected["sections"] as? [String: String])?["description"])
            #expect(payload.stableTag == nil)
            #expect(payload.versions.count == (expected["versions"] as? [String: String])?.count)
        }
        #expect(numbers > 0, "versions that are numbers must occur")
    }
}
