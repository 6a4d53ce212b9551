/// The name of something that a run counts, as its row, the summary at its end and the metrics have it: `documents_changed`.
///
/// Names are stable. What only one kind of upstream counts is named in its folder.
package struct Counter: RawRepresentable, Hashable, Comparable, Sendable, Codable, CodingKeyRepresentable {
    package let rawValue: String

    package init(rawValue: String) { self.rawValue = rawValue }

    package static func < (left: Counter, right: Counter) -> Bool { left.rawValue < right.rawValue }

    /// For people: `documents changed`.
    package var words: String { String(self.rawValue.map { $0 == "_" ? " " : $0 }) }
}

extension Counter {
    private init(_ rawValue: String) { self.init(rawValue: rawValue) }

    // MARK: discover

    package static let packagesNew = Counter("packages_new")
    package static let packagesChanged = Counter("packages_changed")
    package static let packagesVanished = Counter("packages_vanished")
    package static let listingEntries = Counter("listing_entries")
    package static let namesLeftOut = Counter("names_left_out")
    package static let logItems = Counter("log_items")
    package static let logNeutral = Counter("log_neutral")
    package static let logItemsOversized = Counter("log_items_oversized")
    package static let logItemsDamaged = Counter("log_items_damaged")
    package static let logItemsUnconfirmed = Counter("log_items_unconfirmed")
    package static let logPathsDropped = Counter("log_paths_dropped")
    package static let archivesConfirmed = Counter("archives_confirmed")
    package static let advisoriesNew = Counter("advisories_new")
    package static let advisoriesChanged = Counter("advisories_changed")
    package static let advisoriesWithdrawn = Counter("advisories_withdrawn")
    /// Withdrawals that wait for a person.
    package static let advisoriesHeld = Counter("advisories_held")

    /// Advisories that could not be taken as they are, by what is wrong with them.
    package static func advisories(_ what: String) -> Counter { Counter("advisories_\(what)") }

    // MARK: update

    package static let packagesAsked = Counter("packages_asked")
    package static let packagesNotDue = Counter("packages_not_due")
    package static let packagesUnanswered = Counter("packages_unanswered")
    package static let packagesFailed = Counter("packages_failed")
    package static let packagesBehind = Counter("packages_behind")
    package static let packagesDoubted = Counter("packages_doubted")
    package static let packagesClosed = Counter("packages_closed")
    package static let packagesMissing = Counter("packages_missing")
    package static let packagesDerived = Counter("packages_derived")
    package static let packagesDerivedAgain = Counter("packages_derived_again")
    package static let payloadsUnchanged = Counter("payloads_unchanged")
    package static let inputsUnchanged = Counter("inputs_unchanged")
    package static let documentsChanged = Counter("documents_changed")
    package static let documentsUnchanged = Counter("documents_unchanged")
    package static let documentsWithdrawn = Counter("documents_withdrawn")
    package static let withdrawalsHeld = Counter("withdrawals_held")
    package static let withdrawalsConfirmed = Counter("withdrawals_confirmed")
    package static let namesColliding = Counter("names_colliding")
    package static let packagesRequired = Counter("packages_required")
    package static let packagesRefused = Counter("packages_refused")
    package static let packagesUnneeded = Counter("packages_unneeded")
    package static let requirementsLeftOut = Counter("requirements_left_out")
    /// Versions that are published with an archive of ours, with one of a former reference of theirs, not at all before
    /// they have one, and not at all because upstream has none of them.
    package static let versionsArchived = Counter("versions_archived")
    package static let versionsOfFormerArchives = Counter("versions_of_former_archives")
    package static let versionsHeld = Counter("versions_held")
    package static let versionsAbsent = Counter("versions_absent")
    package static let namesMoved = Counter("names_moved")
    package static let madeDue = Counter("made_due")

    package static func wouldAsk(_ source: SourceName) -> Counter { Counter("would_ask_\(source.rawValue)") }

    package static func wouldConfirm(_ source: SourceName) -> Counter { Counter("would_confirm_\(source.rawValue)") }

    // MARK: sync

    package static let objectsUploaded = Counter("objects_uploaded")
    package static let objectsDeleted = Counter("objects_deleted")
    package static let documentsPublished = Counter("documents_published")
    package static let documentsFailed = Counter("documents_failed")
    package static let contentsLost = Counter("contents_lost")
    package static let conditionsFailed = Counter("conditions_failed")
    package static let stampsLate = Counter("stamps_late")
    package static let leasesLost = Counter("leases_lost")
    package static let madeDirty = Counter("made_dirty")
    package static let treeDocuments = Counter("tree_documents")
    package static let treeListings = Counter("tree_listings")
    package static let treeRoots = Counter("tree_roots")
    package static let archivesFetched = Counter("archives_fetched")
    package static let archiveBytes = Counter("archive_bytes")
    package static let archivesFailed = Counter("archives_failed")
    /// Upstream has none of them, or they are larger than is wanted.
    package static let archivesAbsent = Counter("archives_absent")
    /// Upstream has not built them anew yet.
    package static let archivesBehind = Counter("archives_behind")
    /// Their hosts want to be left alone, or the bucket has no room for them.
    package static let archivesPostponed = Counter("archives_postponed")
    /// What was lost, and could only be replaced by other bytes.
    package static let archivesReplaced = Counter("archives_replaced")
    package static let wouldFetch = Counter("would_fetch")
    package static let wouldUpload = Counter("would_upload")
    package static let wouldDelete = Counter("would_delete")

    // MARK: sync verify

    package static let objectsListed = Counter("objects_listed")
    package static let objectsDownloaded = Counter("objects_downloaded")
    package static let objectsAdopted = Counter("objects_adopted")

    package static let archivesListed = Counter("archives_listed")
    /// Gone or damaged in the bucket; taken in from there, of which some had been gone; and given to versions.
    package static let archivesLost = Counter("archives_lost")
    package static let archivesAdopted = Counter("archives_adopted")
    package static let archivesReturned = Counter("archives_returned")
    package static let archivesAssigned = Counter("archives_assigned")
    /// In the bucket, and of no version that is known.
    package static let archivesOrphaned = Counter("archives_orphaned")

    /// Archives that are missing, damaged and so on.
    package static func archives(_ what: String) -> Counter { Counter("archives_\(what)") }

    // MARK: sync copy, sync remove-archives

    package static let archivesCopied = Counter("archives_copied")
    package static let archivesPresent = Counter("archives_present")
    package static let archivesUncopied = Counter("archives_uncopied")
    package static let archivesRemoved = Counter("archives_removed")
    package static let archivesUnremoved = Counter("archives_unremoved")
    package static let archivesKept = Counter("archives_kept")
    package static let bytesCopied = Counter("bytes_copied")
    package static let bytesRemoved = Counter("bytes_removed")
    package static let wouldCopy = Counter("would_copy")
    package static let wouldRemove = Counter("would_remove")

    /// Objects that are missing, differ and so on.
    package static func objects(_ what: String) -> Counter { Counter("objects_\(what)") }

    // MARK: every stage

    package static let requests = Counter("requests")
    package static let blobsRemoved = Counter("blobs_removed")
    package static let runsRemoved = Counter("runs_removed")
    package static let tombstonesRemoved = Counter("tombstones_removed")
}
