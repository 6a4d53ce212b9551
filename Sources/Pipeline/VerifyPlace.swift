import FoundationEssentials
import Logging
import Store

/// Where a comparison that was stopped goes on.
///
/// Kept every so many pages, with what was found until then; a look that may not write keeps none.
struct VerifyPlace: Sendable {
    private static let key = "verify_place"
    /// With more findings than this it is not kept: there is something else wrong.
    private static let maxFindings = 100_000

    let context: StageContext
    /// What is compared, and how: another comparison begins anew.
    let comparison: String

    private struct Kept: Codable {
        var comparison: String
        var findings: VerifyFindings
    }

    /// - Returns: nil where there is none, or it is of another comparison.
    func load() async throws -> VerifyFindings? {
        guard self.context.run != nil, let text = try await self.context.store.setting(Self.key), !text.isEmpty,
            let kept = try? JSONDecoder().decode(Kept.self, from: Data(text.utf8)),
            kept.comparison == self.comparison
        else { return nil }
        self.context.logger.info(
            "the comparison goes on where it was stopped",
            metadata: ["objects_compared": "\(kept.findings.listed)"]
        )
        return kept.findings
    }

    func keep(_ findings: VerifyFindings) async throws {
        guard self.context.run != nil, findings.count <= Self.maxFindings else { return }
        let kept = try JSONEncoder().encode(Kept(comparison: self.comparison, findings: findings))
        try await self.context.store.setSetting(Self.key, to: String(decoding: kept, as: UTF8.self))
    }

    func forget() async throws {
        guard self.context.run != nil, try await self.context.store.setting(Self.key)?.isEmpty == false else { return }
        try await self.context.store.setSetting(Self.key, to: "")
    }
}
