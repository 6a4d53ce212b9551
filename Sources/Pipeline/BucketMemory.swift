import Logging
import ObjectStorage
import Store

/// What the database remembers of the bucket that it publishes to.
struct BucketMemory: Sendable {
    private static let conditionsKey = "bucket_conditions"

    enum Recognition: Sendable {
        /// The one that the database knows the contents of.
        case known
        /// Nothing has been published yet, or the name was noted in another form, which this is.
        case unrecorded(insteadOf: String?)
        case another

        var isAnother: Bool { if case .another = self { true } else { false } }
        var isUnrecorded: Bool { if case .unrecorded = self { true } else { false } }
    }

    let context: StageContext
    let objects: any ObjectStore

    private var here: String { self.objects.description }

    /// Makes sure that this is the bucket that the database knows the contents of, by its name: the bucket is not asked,
    /// and nothing is written.
    ///
    /// Only another one is asked, for the archives that it has to have.
    ///
    /// Otherwise what changes would go to one bucket and be noted as live in the other, which nobody would update again.
    ///
    /// - Parameter admitsAnother: Whether everything is compared or uploaded anyway.
    /// - Throws: ``GuardRefusal``.
    func recognise(admitsAnother: Bool) async throws -> Recognition {
        guard let known = try await self.context.store.bucket() else { return .unrecorded(insteadOf: nil) }
        if known == self.here { return .known }
        // As it was noted before a directory was named by its whole path.
        if case .directory(let path) = self.context.settings.bucket, known == "file:\(path)" {
            return .unrecorded(insteadOf: known)
        }
        guard admitsAnother else { throw self.refusal(known) }
        try await self.refuseWithoutArchives(known)
        return .another
    }

    private func refusal(_ known: String) -> GuardRefusal {
        let place = known == Store.noBucket ? "no bucket, but by serve itself" : known
        return GuardRefusal(
            "this database publishes to \(place), and PACKLINE_BUCKET_URL leads to \(self.here). If the bucket has moved "
                + "there, run 'sync verify --repair' once, which compares and uploads what is missing, or 'sync --force', "
                + "which uploads everything; else correct the setting. Nothing was changed"
        )
    }

    /// Notes that this is the bucket where none is known; a dry run notes nothing.
    ///
    /// - Parameter hasAdopted: Whether the archives there are known, and what its documents say of them.
    /// - Throws: ``GuardRefusal`` where another process was first with another one, or where it has archives that nobody knows.
    func record(_ recognition: Recognition, hasAdopted: Bool = false) async throws {
        guard self.context.run != nil, case .unrecorded(let known) = recognition else { return }
        if known == nil, !hasAdopted { try await self.refuseUnknownArchives() }
        let noted = try await self.context.store.noteBucket(self.here, insteadOf: known)
        if let noted, noted != self.here { throw self.refusal(noted) }
    }

    /// Whether conditional uploads are relied upon: as set, or as found out at the first upload to this bucket.
    func usesConditions() async throws -> Bool {
        switch self.context.settings.conditions {
        case .on: return true
        case .off: return false
        case .auto:
            let known = try await self.context.store.setting(Self.conditionsKey)
            if known == "on \(self.here)" { return true }
            if known == "off \(self.here)" { return false }
            return try await self.detectConditions()
        }
    }

    /// Asks the store, and remembers the answer.
    @discardableResult
    func detectConditions() async throws -> Bool {
        let found = try await self.objects.detectConditions()
        self.context.logger.info(
            "the store was asked whether it keeps conditions",
            metadata: ["store": "\(self.here)", "keeps_conditions": "\(found)"]
        )
        try await self.context.store.setSetting(Self.conditionsKey, to: "\(found ? "on" : "off") \(self.here)")
        return found
    }
}
