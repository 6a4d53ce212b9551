import HTTPTypes
import NIOCore

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension ComposerService {
    /// Answers for the names in `packages[]`, in the query or a form, or tells what was added since `updatedSince`; never
    /// both (Packagist's ApiController).
    func advisories(_ exchange: Exchange) -> Reply {
        let query = exchange.parsedTarget.query
        let form = exchange.method == "POST" ? RequestTarget.parse(query: Substring(String(buffer: exchange.body))) : []
        let asked = (query + form).filter { $0.name.hasPrefix("packages[") }.prefix(1_000)
        guard let text = query.last(where: { $0.name == "updatedSince" })?.value else {
            guard !asked.isEmpty else {
                return Self.refusal("Missing array of package names as the packages parameter")
            }
            let packages = self.world.withState { state in
                asked.compactMap { asked in state.number(asked.value).flatMap { state.package($0) } }
            }
            return self.advisories(packages.map { ($0, $0.advisories) })
        }
        let since = Int64(text) ?? 0
        guard since >= 0, since <= Int64(Date().timeIntervalSince1970) + 60 else {
            return Self.refusal("Invalid updatedSince parameter.")
        }
        guard since == 0 || asked.isEmpty else { return Self.refusal("Pass only one of updatedSince OR packages.") }
        let packages = self.world.withState { state in state.live.compactMap { state.package($0) } }
        let updated = packages.map { ($0, $0.advisories.filter { $0.updated >= since }[...]) }
        return self.advisories(updated.filter { !$0.1.isEmpty })
    }

    private static func refusal(_ message: String) -> Reply {
        Reply(status: .badRequest, contentType: Self.json, "{\"status\":\"error\",\"message\":\"\(message)\"}")
    }

    private func advisories(
        _ packages: [(ComposerPackage, ArraySlice<(id: String, affected: String, updated: Int64)>)]
    ) -> Reply {
        var json = Array("{\"advisories\":{".utf8)
        for (index, (package, advisories)) in packages.enumerated() {
            json.append((index == 0 ? "\"" : ",\"") as StaticString)
            json.append(package.name)
            json.append("\":[" as StaticString)
            for (index, advisory) in advisories.enumerated() {
                json.append((index == 0 ? "{" : ",{") as StaticString)
                for (name, value) in [
                    ("advisoryId", advisory.id), ("packageName", package.name), ("affectedVersions", advisory.affected),
                    ("title", "An advisory of the sandbox"), ("link", "https://example.org/\(advisory.id)"),
                ] as [(StaticString, String)] {
                    json.appendMember(name, value)
                    json.append("," as StaticString)
                }
                json.append(
                    "\"cve\":null,\"reportedAt\":\"2024-06-01 00:00:00\",\"severity\":\"low\",\"sources\":[{\"name\":\"sandbox\",\"remoteId\":\"\(advisory.id)\"}]}"
                        as String
                )
            }
            json.append("]" as StaticString)
        }
        // PHP writes a map without members as a list.
        if packages.isEmpty { json[json.count - 1] = UInt8(ascii: "[") }
        json.append((packages.isEmpty ? "]}" : "}}") as StaticString)
        return Reply(contentType: Self.json, json)
    }
}
