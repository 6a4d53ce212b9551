import Composer
import FoundationEssentials
import Wire

/// All releases of WordPress, newest first.
package struct CoreReleases: Equatable, Sendable {
    package struct Release: Codable, Equatable, Sendable {
        package var version: String
        /// `latest`, `outdated` or `insecure`, as upstream calls it.
        package var status: String
        /// SHA-1 of the archive, as upstream publishes it beside it.
        package var shasum: String?
        package var php: String?
        package var mysql: String?
        /// Set where it is announced, and its archive is not there (yet): it is not published.
        package var isMissing: Bool?

        package var lacksArchive: Bool { self.isMissing == true }
    }

    package private(set) var releases: [Release]

    init(_ releases: [Release]) {
        let keyed = releases.compactMap { release in Version.normalize(release.version).map { ($0, release) } }
        self.releases = keyed.sorted { Version.compare(normalized: $0.0, normalized: $1.0) > 0 }.map(\.1)
    }

    /// What `stable-check/1.0/` says of every release, with what `version-check/1.7/` says of the newest of some branches.
    ///
    /// - Throws: Where either is no such answer.
    init(stableCheck: [UInt8], versionCheck: [UInt8]) throws {
        let statuses = try Self.statuses(stableCheck)
        let offers = try JSONDecoder().decode(Offers.self, from: Data(versionCheck)).offers
        let known = Dictionary(offers.map { ($0.version, $0) }, uniquingKeysWith: { first, _ in first })
        self.init(
            statuses.filter { !$0.key.isEmpty && $0.key.utf8.allSatisfy { $0.isDigit || $0 == UInt8(ascii: ".") } }.map
            {
                Release(version: $0, status: $1, php: known[$0]?.php_version, mysql: known[$0]?.mysql_version)
            }
        )
    }

    /// What `stable-check/1.0/` calls each release.
    static func statuses(_ stableCheck: [UInt8]) throws -> [String: String] {
        let statuses = try JSONDecoder().decode([String: String].self, from: Data(stableCheck))
        guard !statuses.isEmpty else { throw PayloadError(description: "no release") }
        return statuses
    }

    private struct Offers: Decodable {
        struct Offer: Decodable {
            var version: String
            var php_version: String?
            var mysql_version: String?
        }
        var offers: [Offer]
    }

    /// The same with checksums.
    func with(_ checksum: (Release) async throws -> Checksum) async rethrows -> CoreReleases {
        var all = self
        for (index, release) in self.releases.enumerated() {
            switch try await checksum(release) {
            case .known(let text): all.releases[index].shasum = text
            case .unknown: break
            case .noArchive: all.releases[index].isMissing = true
            }
        }
        return all
    }

    enum Checksum { case known(String), unknown, noArchive }

    init(canonicalJSON: [UInt8]) throws {
        self.releases = try JSONDecoder().decode([Release].self, from: Data(canonicalJSON))
    }

    func canonicalJSON() -> [UInt8] {
        var json = JSONWriter(reservingCapacity: 96 * self.releases.count)
        json.append(raw: "[")
        for (index, release) in self.releases.enumerated() {
            json.append(raw: index == 0 ? "{\"version\":" : ",{\"version\":")
            json.append(release.version)
            for (key, value) in [
                (",\"status\":", release.status), (",\"shasum\":", release.shasum), (",\"php\":", release.php),
                (",\"mysql\":", release.mysql),
            ] as [(StaticString, String?)] {
                guard let value else { continue }
                json.append(raw: key)
                json.append(value)
            }
            json.append(raw: release.lacksArchive ? ",\"isMissing\":true}" : "}")
        }
        json.append(raw: "]")
        return json.bytes
    }
}
