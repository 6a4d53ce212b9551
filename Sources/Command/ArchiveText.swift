import Pipeline
import Store

/// What of archives is there and what is not, for people.
struct ArchiveText {
    let census: ArchiveCensus
    /// Bytes that all of them together may have; nil is any number.
    let budgetBytes: Int64?

    /// None where there is nothing to be said.
    var lines: [String] {
        guard self.census.isAny else { return [] }
        let budget = self.budgetBytes.map { " of \(Self.megabytes($0))" } ?? ""
        var lines = [
            "archives   \(Int(self.census.stored).grouped) in the bucket, \(Self.megabytes(self.census.bytes))\(budget); "
                + "\(self.census.allMissing.grouped) missing, \(self.census.failing.grouped) of them failing, "
                + "\(self.census.absent.grouped) of these not upstream either"
        ]
        if self.census.isFull(budgetBytes: self.budgetBytes) {
            lines.append(
                "  the budget is used up: nothing more is fetched before PACKLINE_ARCHIVES_BUDGET_MB is raised"
            )
        }
        if self.census.unconfirmed > 0 {
            lines.append(
                "  \(self.census.unconfirmed.counted("waits", "wait")) for a discover that sees nothing new of their packages"
            )
        }
        if self.census.lost > 0 {
            lines.append(
                "  \(self.census.lost.counted("was there once and is", "were there once and are")) gone: packline sync verify names them"
            )
        }
        for (source, count) in self.census.missing.sorted(by: { $0.key < $1.key }) where count > 0 {
            lines.append("  \(source): \(count.grouped) to be fetched")
        }
        return lines
    }

    /// What is known of one, in the trail of its package.
    static func lines(of archive: ArchiveState) -> [String] {
        var lines = ["  archive of \(archive.version)" + (archive.reference.map { " at \($0)" } ?? "")]
        if let stored = archive.stored {
            lines.append("    \(stored.key), \(Int(stored.bytes).counted("byte"))")
            lines.append(
                "    fetched    at \(StatusText.time(stored.fetchedAtMilliseconds)) from \(stored.fetchedFrom)"
            )
            if let header = stored.headerVersion { lines.append("    header     \(header)") }
            if stored.isUnconfirmed { lines.append("    waits for a discover that sees nothing new of the package") }
        } else if archive.isDue {
            lines.append("    next try   \(archive.dueAtMilliseconds.map(StatusText.time) ?? "never")")
        }
        if archive.isAbsent, let since = archive.absentSinceMilliseconds {
            lines.append("    absent     upstream has said since \(StatusText.time(since)) that it has none")
        }
        if let error = archive.lastError {
            lines.append("    failed     \(archive.attempts.counted("time")): \(error)")
        }
        return lines
    }

    private static func megabytes(_ bytes: Int64) -> String { "\((Int(bytes) / 1_048_576).grouped) MB" }
}
