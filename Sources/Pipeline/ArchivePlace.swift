import FoundationEssentials
import Logging
import Store

/// Where a comparison of archives that was stopped goes on; a look that may not write keeps none.
struct ArchivePlace: Sendable {
    private static let key = "verify_archives_place"

    let context: StageContext
    /// What is compared, and how: another comparison begins anew.
    let comparison: String

    private struct Kept: Codable {
        var comparison: String
        var findings: ArchiveFindings
    }

    /// - Returns: A new one where there is none, or it is too old or of another comparison.
    func load() async throws -> ArchiveFindings {
        let now = try await self.context.store.now()
        var new = ArchiveFindings()
        new.startedAtMilliseconds = now
        guard self.context.run != nil, let text = try await self.context.store.setting(Self.key), !text.isEmpty,
            let kept = try? JSONDecoder().decode(Kept.self, from: Data(text.utf8)),
            kept.comparison == self.comparison,
            now - kept.findings.keptAtMilliseconds <= VerifyPlace.maxAgeMilliseconds
        else { return new }
        self.context.logger.info(
            "the comparison of archives goes on where it was stopped",
            metadata: ["archives_compared": "\(kept.findings.listed)"]
        )
        return kept.findings
    }

    func keep(_ findings: ArchiveFindings) async throws {
        guard self.context.run != nil else { return }
        var kept = Kept(comparison: self.comparison, findings: findings)
        kept.findings.keptAtMilliseconds = try await self.context.store.now()
        let text = String(decoding: try JSONEncoder().encode(kept), as: UTF8.self)
        try await self.context.store.setSetting(Self.key, to: text)
    }

    func forget() async throws {
        guard self.context.run != nil, try await self.context.store.setting(Self.key)?.isEmpty == false else { return }
        try await self.context.store.setSetting(Self.key, to: "")
    }
}
