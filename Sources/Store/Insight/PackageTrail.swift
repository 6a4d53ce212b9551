package import Composer
package import Facts

/// All that is known of a package: which change upstream led to which object, by which runs, and when.
///
/// A row names the last run that touched it, so an older run shows what no later one has touched since.
package struct PackageTrail: Sendable, Equatable, Encodable {
    package struct Step: Sendable, Equatable, Encodable {
        package var run: RunID
        /// When the run began; nil when it is no longer kept.
        package var startedAtMilliseconds: Int64?
    }

    package var package: PackageSummary
    /// What upstream said when it closed the package; nil where it has not.
    package var closure: Closure?
    /// The number of the last change upstream that touched it; 0 when what was read does not say.
    package var changedRevision: Int64
    package var changedAtMilliseconds: Int64?
    package var discoveredBy: Step?
    /// The highest one whose effects the documents show.
    package var settledRevision: Int64
    package var updatedBy: Step?
    /// nil when nothing but a change makes it be asked about again.
    package var nextLookAtMilliseconds: Int64?
    package var lastError: String?
    package var objects: [ObjectState]
    /// The last that became known first; of packages with very many only those.
    package var archives: [ArchiveState]
}

/// What an object should say, and what is live.
package struct ObjectState: Sendable, Equatable, Encodable {
    package var path: String
    /// What it should say; nil when it should not exist.
    package var contentHash: ContentHash?
    package var live: Live
    package var changedAtMilliseconds: Int64
    package var updatedBy: PackageTrail.Step?
    package var etag: String?
    package var deployedAtMilliseconds: Int64?
    /// The run that published what was last live, at the time above.
    package var syncedBy: PackageTrail.Step?
    /// The run whose try failed since, and why.
    package var failedBy: PackageTrail.Step?
    package var attempts: Int
    package var lastError: String?
    package var dueAtMilliseconds: Int64
    package var feedPosition: Int64?

    /// Whether it is published as it should be.
    package var isLive: Bool { self.contentHash != nil && !self.isDirty }

    /// Whether `sync` has work with it.
    package var isDirty: Bool { self.live != self.contentHash.map { .content($0) } ?? .nothing }
}

extension Closure: Encodable {
    private enum CodingKeys: CodingKey { case date, reason, isPermanent }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encodeIfPresent(self.date, forKey: .date)
        try container.encodeIfPresent(self.reason, forKey: .reason)
        try container.encode(self.isPermanent, forKey: .isPermanent)
    }
}

extension ContentHash: Encodable {
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(self.hexadecimal)
    }
}
