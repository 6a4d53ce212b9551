import Logging
import ObjectStorage
import Store

/// What the database remembers of the bucket that it publishes to.
struct BucketMemory: Sendable {
    private static let bucketKey = "bucket"
    private static let conditionsKey = "bucket_conditions"

    let context: StageContext
    let objects: any ObjectStore

    /// Makes sure that this is the bucket that the database knows the contents of.
    ///
    /// Otherwise what changes would go to one bucket and be noted as live in the other, which nobody would update again.
    ///
    /// - Parameter admitsAnother: Whether everything is compared or uploaded anyway.
    /// - Throws: ``GuardRefusal``.
    func recognise(admitsAnother: Bool) async throws {
        let here = self.objects.description
        let known = try await self.context.store.setting(Self.bucketKey)
        if known == here { return }
        if let known, !admitsAnother {
            throw GuardRefusal(
                "this database publishes to \(known), and PACKLINE_BUCKET_URL leads to \(here). If the bucket has moved "
                    + "there, run 'sync verify --repair' once, which compares and uploads what is missing; else correct "
                    + "the setting"
            )
        }
        if self.context.run != nil { try await self.context.store.setSetting(Self.bucketKey, to: here) }
    }

    /// Whether conditional uploads are relied upon: as set, or as found out at the first upload to this bucket.
    func usesConditions() async throws -> Bool {
        switch self.context.settings.conditions {
        case .on: return true
        case .off: return false
        case .auto:
            let here = self.objects.description
            let known = try await self.context.store.setting(Self.conditionsKey)
            if known == "on \(here)" { return true }
            if known == "off \(here)" { return false }
            return try await self.detectConditions()
        }
    }

    /// Asks the store, and remembers the answer.
    @discardableResult
    func detectConditions() async throws -> Bool {
        let here = self.objects.description
        let found = try await self.objects.detectConditions()
        self.context.logger.info(
            "the store was asked whether it keeps conditions",
            metadata: ["store": "\(here)", "keeps_conditions": "\(found)"]
        )
        try await self.context.store.setSetting(Self.conditionsKey, to: "\(found ? "on" : "off") \(here)")
        return found
    }
}
