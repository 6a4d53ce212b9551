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
    /// A listing can't be gone on with for ever, and what was found long ago is found anew.
    static let maxAgeMilliseconds: Int64 = 7 * 86_400_000

    let context: StageContext
    /// What is compared, and how: another comparison begins anew.
    let comparison: String

    private struct Kept: Codable {
        var comparison: String
        var keptAtMilliseconds: Int64
        var findings: VerifyFindings
    }

    /// - Returns: nil where there is none, or it is too old or of another comparison.
    func load() async throws -> VerifyFindings? {
        guard self.context.run != nil, let text = try await self.context.store.setting(Self.key), !text.isEmpty,
            let kept = try? JSONDecoder().decode(Kept.self, from: Data(text.utf8)),
            kept.comparison == self.comparison,
            try await self.context.store.now() - kept.keptAtMilliseconds <= Self.maxAgeMilliseconds
        else { return nil }
        self.context.logger.info(
            "the comparison goes on where it was stopped",
            metadata: ["objects_compared": "\(kept.findings.listed)"]
        )
        return kept.findings
    }

    func keep(_ findings: VerifyFindings) async throws {
        guard self.context.run != nil, findings.count <= Self.maxFindings else { return }
        let now = try await self.context.store.now()
        let kept = Kept(comparison: self.comparison, keptAtMilliseconds: now, findings: findings)
        let text = String(decoding: try JSONEncoder().encode(kept), as: UTF8.self)
        try await self.context.store.setSetting(Self.key, to: text)
    }

    func forget() async throws {
        guard self.context.run != nil, try await self.context.store.setting(Self.key)?.isEmpty == false else { return }
        try await self.context.store.setSetting(Self.key, to: "")
    }
}
