import Composer
package import Facts
import FoundationEssentials
import Logging
import NIOHTTP1
package import Upstream
import Wire

/// Asks for WordPress's releases: `stable-check` names them all, and is where upstream is; each archive has its checksum
/// beside it.
package struct CoreAsker: UpstreamAsker {
    private static let stableCheck = "core/stable-check/1.0/"
    private static let maxFailuresInARow = 3

    let source: CoreSource
    let client: UpstreamClient

    package var outage: UpstreamError? { nil }

    package func position(since cursor: Position?) async throws -> Position {
        let answer = try await self.get(Self.stableCheck)
        // A proxy's page with status 200 is not where upstream is.
        _ = try self.read { try CoreReleases.statuses(answer) }
        return Position(ContentHash(of: answer).hexadecimal)
    }

    /// Both packages, whatever it was: a release is in both.
    package func changes(_ wanted: StretchRequest) async throws -> ChangeStretch {
        let now = Int64(Date().timeIntervalSince1970 * 1_000)
        return ChangeStretch(
            packages: CoreSource.suffixes.keys.sorted().map {
                PackageRecord(key: $0, revision: now, dateMilliseconds: now)
            },
            reached: wanted.bound,
            reachedAtMilliseconds: now,
            isAtEnd: true,
            items: 1
        )
    }

    package func listing(unlessStill etag: String?, onKey: (String) throws -> Void) async throws -> ListingAnswer {
        for key in CoreSource.suffixes.keys.sorted() { try onKey(key) }
        return .complete(position: nil, etag: nil)
    }

    package func ask(
        about packages: [KnownPackage],
        suspects: [KnownPackage]
    ) async throws -> [String: Result<PackageAnswer<CoreReleases>, UpstreamError>] {
        let all = packages + suspects
        var results = [String: Result<PackageAnswer<CoreReleases>, UpstreamError>](
            all.map { ($0.key, .success(.notFound)) },
            uniquingKeysWith: { first, _ in first }
        )
        let known = all.filter { self.source.isKey($0.key) }
        guard !known.isEmpty else { return results }
        do {
            let releases = try await self.releases()
            for package in known {
                do {
                    let answer = try await self.withChecksums(releases, package)
                    results[package.key] = .success(.active(answer, PackageFacts()))
                } catch let error as UpstreamError {
                    results[package.key] = .failure(error)
                }
            }
        } catch let error as UpstreamError {
            for package in known { results[package.key] = .failure(error) }
        }
        return results
    }

    private func releases() async throws -> CoreReleases {
        let stableCheck = try await self.get(Self.stableCheck)
        let versionCheck = try await self.get("core/version-check/1.7/")
        return try self.read {
            let releases = try CoreReleases(stableCheck: stableCheck, versionCheck: versionCheck)
            guard !releases.releases.isEmpty else { throw PayloadError(description: "no release") }
            return releases
        }
    }

    /// Asks for the checksums that are not stored.
    ///
    /// One that can't be had holds back its own release; where several in a row can't, upstream does not answer, and
    /// nothing is said of the package.
    private func withChecksums(_ releases: CoreReleases, _ package: KnownPackage) async throws -> CoreReleases {
        let stored = package.parts.isEmpty ? nil : try? self.source.payload(of: package.parts, key: package.key)
        let known = Dictionary(
            (stored?.releases ?? []).map { ($0.version, $0) },
            uniquingKeysWith: { first, _ in first }
        )
        var failuresInARow = 0
        return try await releases.with { release in
            if let shasum = known[release.version]?.shasum { return .known(shasum) }
            let archive = "\(self.source.askedURL)/\(self.source.archive(of: release.version, package.key))"
            do {
                let checksum = try await self.shasum(of: archive)
                failuresInARow = 0
                return checksum
            } catch let error as UpstreamError {
                failuresInARow += 1
                if failuresInARow == Self.maxFailuresInARow { throw error }
                self.client.logger.warning(
                    "a checksum could not be had",
                    metadata: ["archive": "\(archive)", "error": "\(error)"]
                )
                return known[release.version]?.lacksArchive == false ? .unknown : .noArchive
            }
        }
    }

    private func read<Result>(_ body: () throws -> Result) throws -> Result {
        do { return try body() } catch {
            let label = RequestLabel(method: "GET", url: "\(self.source.apiURL)/\(Self.stableCheck)")
            throw label.error(.malformed, "the answer names no releases", isRetryable: true, cause: error)
        }
    }

    /// Upstream publishes 40 digits beside each archive; what has none beside it is no archive.
    private func shasum(of archive: String) async throws -> CoreReleases.Checksum {
        try await self.client.send(UpstreamRequest(method: .GET, url: "\(archive).sha1")) { answer in
            if answer.status == .notFound { return .noArchive }
            guard answer.status == .ok else { throw answer.unexpectedStatus(expected: "200") }
            let text = String(decoding: try await answer.collect(upTo: 1_024), as: UTF8.self).lowercased().prefix(40)
            let isDigest = text.utf8.count == 40 && text.utf8.allSatisfy { $0.isDigit || $0 &- 97 < 6 }
            return isDigest ? .known(String(text)) : .unknown
        }
    }

    private func get(_ path: String) async throws -> [UInt8] {
        try await self.client.send(UpstreamRequest(method: .GET, url: "\(self.source.apiURL)/\(path)")) { answer in
            guard answer.status == .ok else { throw answer.unexpectedStatus(expected: "200") }
            return try await answer.collect(upTo: self.client.configuration.maxAPIAnswerBytes)
        }
    }
}
