import Composer
import Foundation
import NIOHTTP1
import Pipeline
import Store
import Upstream

extension Doctor {
    /// Whether what was published last is what clients get: at the address of the repository, and where archives are.
    func publicPlaces(_ connections: Connections, _ ready: Ready?) async -> [Finding] {
        let stages = self.settings.stages
        var places: [(check: String, setting: String, url: String)] = []
        if let url = stages.repositoryURL { places.append(("repository-url", "PACKLINE_REPOSITORY_URL", url)) }
        if let url = stages.publicURL { places.append(("public-url", "PACKLINE_PUBLIC_URL", url)) }
        if let url = stages.archives.policies.values.first?.url {
            places.append(("archives-url", "PACKLINE_ARCHIVES_URL", url))
        }
        var findings: [Finding] = []
        for place in places {
            guard let ready else {
                findings.append(.skipped(place.check, because: "there is no database that can be read"))
                continue
            }
            let client = connections.upstream(requestsPerSecond: 0, concurrency: 2, retry: Self.retry)
            let remedy =
                "see that \(place.setting) is right and that it answers there (packline serve, or what is before the bucket)"
            findings += await self.check(place.check, remedy: remedy) {
                try await self.place(place, client, ready.store)
            }
        }
        return findings
    }

    private func place(
        _ place: (check: String, setting: String, url: String),
        _ client: UpstreamClient,
        _ store: Store
    ) async throws -> [Finding] {
        let path = RootDocument.path
        guard let published = try await store.published(paths: [path])[path]?.deployed.content else {
            return [.skipped(place.check, because: "no \(path) was published yet")]
        }
        var url = place.url
        while url.hasSuffix("/") { url.removeLast() }
        url += "/\(path)"
        let headers = self.readerHeaders(for: url)
        let request = UpstreamRequest(method: .GET, url: url, headers: headers)
        let found = try await client.send(request) { answer in
            guard answer.status == .ok else { throw answer.unexpectedStatus(expected: "200") }
            return ContentHash(of: try await answer.collect(upTo: 64 << 20))
        }
        if found == published { return [.ok(place.check, "\(url) is the one that was published last")] }
        return [
            Finding(
                place.check,
                .warning,
                "\(url) is not the one that was published last",
                remedy: "wait until caches have let go of it (five minutes), or purge them; if that is not it, correct "
                    + place.setting
            )
        ]
    }

    /// The credentials of a private repository's readers, where nobody on the way can read them.
    private func readerHeaders(for url: String) -> [(name: String, value: String)] {
        let isSafe = ["https://", "http://127.0.0.1", "http://localhost", "http://[::1]"].contains { url.hasPrefix($0) }
        guard isSafe else { return [] }
        if let token = self.settings.bearerTokens.first { return [("Authorization", "Bearer \(token)")] }
        guard let basic = self.settings.basicCredentials.first else { return [] }
        return [("Authorization", "Basic \(Data(basic.utf8).base64EncodedString())")]
    }

    /// Folders that archives of our own need.
    func folders() -> [Finding] {
        let archives = self.settings.stages.archives
        guard !self.reading.wrongParts.contains(.upstreams), !archives.policies.isEmpty || !archives.lazy.isEmpty else {
            return []
        }
        let temporary = archives.temporaryFolder ?? FileManager.default.temporaryDirectory.path
        var findings: [Finding] = []
        for (folder, setting) in [
            (temporary, "PACKLINE_TEMP_DIR"), (self.settings.delivery.cacheFolder, "PACKLINE_ARCHIVES_CACHE_DIR"),
        ] {
            guard let folder else { continue }
            let place = Volume.existing(folder)
            if !FileManager.default.isWritableFile(atPath: place) {
                findings.append(
                    Finding(
                        "archives",
                        .failed,
                        "the folder '\(place)' can't be written",
                        remedy: "let the user that runs packline write it, or name another one in \(setting)"
                    )
                )
            }
        }
        let free = Volume(of: temporary).freeBytes ?? .max
        if free < archives.temporaryBytes {
            findings.append(
                Finding(
                    "archives",
                    .warning,
                    "'\(temporary)' has \(free >> 20) MB free, and archives may take \(archives.temporaryBytes >> 20) MB there",
                    remedy: "make room, set PACKLINE_TEMP_MB lower, or name another folder in PACKLINE_TEMP_DIR"
                )
            )
        }
        return findings.isEmpty ? [.ok("archives", "there is room to put them together in '\(temporary)'")] : findings
    }
}
