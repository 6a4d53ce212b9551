import Archives
import Composer
import Facts
import ObjectStorage
import Resilience
import Store
import Synchronization

extension ArchiveComparison {
    /// Looks for what the database has between the keys of before and these.
    func step(over keys: [String], _ total: Int, _ findings: inout ArchiveFindings) async throws {
        guard let last = keys.max(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }),
            findings.position.utf8.lexicographicallyPrecedes(last.utf8)
        else { return }
        try await self.addMissing(upTo: last, besides: Set(keys), total, &findings)
        findings.position = last
    }

    func addMissing(
        upTo end: String?,
        besides keys: Set<String>,
        _ total: Int,
        _ findings: inout ArchiveFindings
    ) async throws {
        while true {
            let known = try await self.context.store.knownArchives(after: findings.position, upTo: end, limit: 1_000)
            guard let last = known.last else { return }
            let suspects = known.filter {
                $0.isLive && !keys.contains($0.key) && $0.deployedAtMilliseconds < findings.startedAtMilliseconds
            }
            let missing = try await self.absent(suspects.map(\.key))
            for key in missing { findings.add(key, .missing) }
            try await self.lose(missing, total, &findings)
            findings.position = last.key
        }
    }

    /// Each is looked for by itself: keys may come in another order than the database's, and a listing may be cut.
    private func absent(_ keys: [String]) async throws -> [String] {
        guard !keys.isEmpty else { return [] }
        let absent = Mutex<Set<String>>([])
        try await forEachConcurrently(keys, limit: self.context.options.concurrency ?? 32) { key in
            if try await self.objects.head(key) == nil { absent.withLock { _ = $0.insert(key) } }
        }
        return absent.withLock { absent in keys.filter { absent.contains($0) } }
    }

    /// Notes archives that documents are no longer to name.
    ///
    /// They are named until all were looked at: beyond what is allowed none is lost.
    ///
    /// - Throws: ``GuardRefusal`` where more are missing or damaged than is allowed.
    func lose(_ keys: [String], _ total: Int, _ findings: inout ArchiveFindings) async throws {
        guard self.mending != nil, !keys.isEmpty else { return }
        let percent = self.configuration.maxShrinkPercent
        guard percent < 100, !self.context.options.isForced else {
            _ = try await self.context.store.loseArchives(keys)
            findings.lost += keys.count
            return
        }
        findings.toLose += keys
        let lost = findings.lost + findings.toLose.count
        guard lost <= 10 || lost * 100 <= total * percent else {
            // Who brings them back is not to be refused for what was missing before.
            try await self.place.forget()
            throw GuardRefusal(
                "more than \(percent)% of \(total.counted("archive")) are gone from \(self.objects.description), or damaged "
                    + "there: their documents would stop to name them. Bring them back, with 'sync copy --from' or from "
                    + "a backup; or, if they are lost, go on with --max-shrink 100. No document stops to name any, and in the "
                    + "bucket nothing was changed"
            )
        }
    }

    /// Has documents stop to name what was found to be missing or damaged, and still is: that may have been long ago.
    func loseFound(_ findings: inout ArchiveFindings) async throws {
        for start in stride(from: 0, to: findings.toLose.count, by: 500) {
            let page = findings.toLose[start..<min(start + 500, findings.toLose.count)]
            let found = try await self.read(Array(page))
            let lost = page.filter { key in
                guard let digests = found[key], let archive = ArchiveKey(key) else { return true }
                return ContentHash(bytes: digests.sha256) != archive.sha256
            }
            _ = try await self.context.store.loseArchives(lost)
            findings.lost += lost.count
        }
        findings.toLose = []
    }
}
