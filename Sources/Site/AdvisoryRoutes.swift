import Composer
package import Facts
import HTTPTypes
package import Hummingbird
import NIOCore
package import Store
import Wire

/// `/api/security-advisories/`, as Packagist answers it: what `composer audit` asks.
package struct AdvisoryRoutes: Sendable {
    /// The most names of one question.
    private static let mostNames = 10_000
    /// Names without any advisories that are told of: Packagist's own number.
    private static let mostWithout = 1_000

    private let store: Store
    private let feeds: [SourceName]
    private let repository: String?
    private let bodyBytes: Int

    /// - Parameters:
    ///   - feeds: Those whose advisories are published, in their order.
    ///   - repository: The address that entries say they are from.
    ///   - bodyBytes: The largest body; it is here as a whole.
    package init(store: Store, feeds: [SourceName], repository: String?, bodyBytes: Int) {
        self.store = store
        self.feeds = feeds
        self.repository = repository
        self.bodyBytes = bodyBytes
    }

    /// GET, HEAD and POST, with and without the slash at the end.
    package func add(to router: Router<some RequestContext>) {
        router.get("api/security-advisories") { request, _ in try await self.answer(to: request, request.uri.query) }
        router.post("api/security-advisories") { request, _ in try await self.answer(toForm: request) }
    }

    private func answer(toForm request: Request) async throws -> Response {
        let body = try await request.body.collect(upTo: self.bodyBytes)
        // Composer sends a form; what is in the address counts too, as Packagist has it.
        let form = [request.uri.query, String(buffer: body)].compactMap(\.self).joined(separator: "&")
        return try await self.answer(to: request, form)
    }

    private func answer(to request: Request, _ form: String?) async throws -> Response {
        let query = QueryString(form)
        let packages = query.values { $0 == "packages" || $0.hasPrefix("packages[") }
        let since = query["updatedSince"]
        guard packages.isEmpty || since == nil else {
            return .problem(.badRequest, "ask with 'packages[]' or with 'updatedSince', not with both")
        }
        if let since {
            guard let seconds = Int64(since), (0...100_000_000_000).contains(seconds) else {
                return .problem(.badRequest, "'updatedSince' takes seconds since 1970")
            }
            // All of them: who asks since 1970 takes what is not in the answer for withdrawn.
            let names = try await self.store.namesWithAdvisories(changedSince: seconds * 1_000, feeds: self.feeds)
            return try self.response(try await self.known(names), namesWithout: 0, request)
        }
        guard !packages.isEmpty else {
            return .problem(.badRequest, "ask with 'packages[]=acme/site-kit', or with 'updatedSince' in seconds")
        }
        guard packages.count <= Self.mostNames else {
            return .problem(.badRequest, "at most \(Self.mostNames) packages are asked about at once")
        }
        let names = Set(packages.compactMap(Self.name)).sorted()
        return try self.response(try await self.known(names), namesWithout: Self.mostWithout, request)
    }

    private func known(_ names: [String]) async throws -> [String: [KnownAdvisory]] {
        try await self.store.advisories(ofNames: names, feeds: self.feeds)
    }

    /// A Composer name, or a package URL of one (`pkg:composer/acme/site-kit`); nil for what can be neither.
    private static func name(_ text: String) -> String? {
        var name = text.lowercased()[...]
        for prefix in ["pkg:composer/", "pkg://composer/"] where name.hasPrefix(prefix) {
            name = name.dropFirst(prefix.count).prefix { $0 != "@" && $0 != "?" && $0 != "#" }
        }
        return name.utf8.count <= 255 && PackageName.isValid(String(name)) ? String(name) : nil
    }

    private func response(
        _ known: [String: [KnownAdvisory]],
        namesWithout: Int,
        _ request: Request
    ) throws -> Response {
        var json = JSONWriter(reservingCapacity: 4_096)
        var notices: [[UInt8]] = []
        json.append(raw: "{\"advisories\":{")
        var (isFirst, without) = (true, 0)
        for (name, advisories) in known.sorted(by: { $0.key < $1.key }) {
            let advisories = advisories.eachOnce
            if advisories.isEmpty {
                without += 1
                if without > namesWithout { continue }
            }
            if !isFirst { json.append(raw: ",") }
            isFirst = false
            json.append(name)
            json.append(raw: ":[")
            for (index, advisory) in advisories.compactMap(\.advisory).enumerated() {
                if index > 0 { json.append(raw: ",") }
                advisory.write(to: &json, packageName: name, repository: self.repository)
            }
            json.append(raw: "]")
            for notice in advisories.notices where !notices.contains(notice) { notices.append(notice) }
        }
        json.append(raw: "}")
        if !notices.isEmpty {
            json.append(raw: ",\"attribution\":[")
            for (index, notice) in notices.enumerated() {
                if index > 0 { json.append(raw: ",") }
                json.append(raw: notice)
            }
            json.append(raw: "]")
        }
        json.append(raw: "}")
        return try Representation(json: json.bytes, date: FeedDate(secondsSince1970: HTTPDate.now)).response(
            to: request
        )
    }
}

extension KnownAdvisory {
    /// nil for what this build can't read.
    var advisory: Advisory? {
        var reader = JSONReader(self.body)
        guard case .full(let advisory, _)? = try? AdvisoryEntry(reading: &reader) else { return nil }
        return advisory
    }
}

extension [UInt8] {
    /// What goes with copies of advisories, as it is kept; nil for what this build can't read.
    var advisoryNotice: AdvisoryNotice? {
        var reader = JSONReader(self)
        return (try? AdvisoryNotice(reading: &reader)) ?? nil
    }
}
