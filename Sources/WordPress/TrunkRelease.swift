import Composer
import Facts

/// The version that trunk is, where upstream says that trunk is live and no tag has that version.
///
/// Upstream's archive of trunk has other bytes after each commit, under the same address and often the same version: only an
/// archive of ours can be published as a version. While that of a new version is not there yet, the version before stays.
struct TrunkRelease {
    /// Newest first in the place where it belongs among the tags; with the one before it, where that stands in for it.
    let entries: [DocumentEntry]

    /// - Parameters:
    ///   - selection: What is published of the tags.
    ///   - archived: Versions of trunk whose archives are there, the one that was fetched last as the last.
    init?(_ selection: VersionSelection, archived: [OwnVersion], in context: DocumentEntry.Context) {
        let version = Version.trimmed(context.payload.version)
        guard selection.trunkIsLive, let normalized = Version.numericNormalForm(version),
            Version.stability(ofNormalized: normalized) != .dev, !selection.hasTag(of: normalized)
        else { return nil }
        var entries = [DocumentEntry(trunkIn: context, version: version, normalized: normalized)]
        // Of the same version there is another reference, which needs no entry of its own.
        if !archived.contains(where: { $0.normalized == normalized }),
            let former = archived.last(where: { !selection.hasTag(of: $0.normalized) })
        {
            entries.append(DocumentEntry(former: former, in: context))
        }
        self.entries = entries
    }

    /// The entries of tags with those of trunk among them.
    func merged(into tags: [DocumentEntry]) -> [DocumentEntry] {
        var merged = tags
        for entry in self.entries {
            let place = merged.firstIndex {
                Version.compare(normalized: $0.normalized, normalized: entry.normalized) < 0
            }
            merged.insert(entry, at: place ?? merged.endIndex)
        }
        return merged
    }
}

extension VersionSelection {
    /// Whether one of the versions that are published is this one to Composer.
    fileprivate func hasTag(of normalized: String) -> Bool {
        self.main.contains { Version.compare(normalized: $0.normalized, normalized: normalized) == 0 }
    }
}
