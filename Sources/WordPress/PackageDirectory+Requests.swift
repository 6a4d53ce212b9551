import Composer
import NIOHTTP1
import Upstream
import Wire

extension PackageDirectory {
    /// An answer to many slugs at once is not to be had here.
    struct BatchesDeclined: Error {}

    private func countRequest() { self.count { $0.requests += 1 } }

    /// One request about several packages.
    ///
    /// - Returns: A result for every slug.
    /// - Throws: ``UpstreamError`` when the whole answer is unusable, ``BatchesDeclined``.
    func askTogether(
        _ slugs: [String],
        retries: UpstreamClient.Retries
    ) async throws -> [String: Result<PackageAnswer<Payload>, UpstreamError>] {
        let request = UpstreamRequest(method: .GET, url: self.url("slugs=\(slugs.joined(separator: ","))"))
        return try await self.client.send(request, retries: retries, onTry: self.countRequest) { answer in
            let body = try await self.body(of: answer, mayBe: [.badRequest, .notFound])
            let batch: BatchAnswer
            do {
                batch = try BatchAnswer(body, type: self.type, slugs: slugs, label: answer.label)
            } catch let error as UpstreamError {
                guard answer.status == .ok else { throw answer.unexpectedStatus(expected: "200") }
                throw error.finalHere
            }
            if let error = batch.error {
                if error.lowercased().contains("not provided") { throw BatchesDeclined() }
                throw answer.label.error(
                    .refused,
                    "upstream answers with an error of its own instead of packages",
                    isRetryable: true
                ).finalHere
            }
            guard answer.status == .ok else { throw answer.unexpectedStatus(expected: "200") }
            var results = batch.results
            guard !results.isEmpty else {
                let reason = "the answer includes none of the packages that were asked about"
                throw answer.label.error(.malformed, reason, isRetryable: true).finalHere
            }
            for slug in slugs where results[slug] == nil {
                let reason = "the answer does not include '\(slug)'"
                results[slug] = .failure(
                    answer.label.error(.malformed, reason, isRetryable: true).about(.unusable)
                )
            }
            return results
        }
    }

    /// One request about one package, in upstream's other form: closed and unknown ones have status 404.
    ///
    /// - Throws: ``UpstreamError``.
    func askAlone(_ slug: String, retries: UpstreamClient.Retries) async throws -> PackageAnswer<Payload> {
        self.count { $0.singles += 1 }
        let request = UpstreamRequest(method: .GET, url: self.url("slug=\(slug)"))
        return try await self.client.send(request, retries: retries, onTry: self.countRequest) { answer in
            let body = try await self.body(of: answer, mayBe: [.badRequest, .notFound])
            do {
                var reader = JSONReader(body)
                let range = try reader.skipValue()
                try reader.finish()
                let package = try PackageReader.read(body, at: range, type: self.type, slug: slug)
                if case .active = package, answer.status != .ok { throw answer.unexpectedStatus(expected: "200") }
                return package
            } catch let failure as JSONReader.Failure {
                // A 404 that does not say so in upstream's own words is not about the package.
                guard answer.status == .ok else { throw answer.unexpectedStatus(expected: "200, or 404 with JSON") }
                throw answer.label.malformed(failure, body).finalHere
            } catch let unusable as PackageReader.Unusable {
                throw answer.label.error(unusable.code, unusable.reason, isRetryable: true).finalHere
            }
        }
    }

    private func body(of answer: UpstreamAnswer, mayBe others: [HTTPResponseStatus]) async throws -> [UInt8] {
        guard answer.status == .ok || others.contains(answer.status) else {
            throw answer.unexpectedStatus(expected: "200")
        }
        return try await answer.collect(upTo: self.client.configuration.maxAPIAnswerBytes)
    }

    private func url(_ query: String) -> String {
        switch self.type {
        case .plugin:
            "\(self.apiURL)/plugins/info/1.2/?action=plugin_information&\(query)&\(Self.pluginFields)"
        case .theme:
            "\(self.apiURL)/themes/info/1.2/?action=theme_information&\(query)&\(Self.themeFields)"
        }
    }

    /// Everything that makes an answer large and neither changes a document nor is shown is declined; without being asked for, `versions`
    /// would be missing.
    private static let pluginFields = Self.fields(
        wanted: [
            "versions", "short_description", "stable_tag", "requires_php", "last_updated", "homepage", "downloadlink",
            "active_installs", "requires", "tested",
        ],
        unwanted: [
            "sections", "description", "screenshots", "reviews", "banners", "icons", "compatibility", "contributors",
            "donate_link", "rating", "ratings", "tags", "added", "downloaded", "upgrade_notice",
            "language_packs", "block_assets", "blocks",
        ]
    )

    /// A theme's only description is among its sections.
    private static let themeFields = Self.fields(
        wanted: [
            "versions", "sections", "requires_php", "last_updated", "homepage", "downloadlink", "active_installs",
            "requires",
        ],
        unwanted: [
            "rating", "ratings", "tags", "downloaded", "parent", "template", "reviews_url", "screenshot_url",
            "screenshots", "screenshot_count", "creation_time",
        ]
    )

    private static func fields(wanted: [String], unwanted: [String]) -> String {
        let parts = wanted.map { "fields%5B\($0)%5D=1" } + unwanted.map { "fields%5B\($0)%5D=0" }
        return parts.joined(separator: "&")
    }
}

extension UpstreamError {
    /// The same, not to be tried again at once: what is wrong is in the answer, not on the way.
    fileprivate var finalHere: UpstreamError {
        var error = self
        error.isFinalHere = true
        return error
    }
}
