import Composer
import Facts
import Pipeline
import Store

/// The way of a package from a change upstream to its objects, for people.
struct TrailText {
    let trail: PackageTrail

    var text: String {
        let trail = self.trail
        var lines = ["\(trail.package.label)  \(trail.package.state), of \(trail.package.source)"]
        // Where upstream counts none, there is only a time.
        let revision = trail.changedRevision > 0 ? "in revision \(trail.changedRevision)" : ""
        let changed = revision + Self.at(trail.changedAtMilliseconds)
        lines.append("  changed    \(changed.isEmpty ? "at a time that is not known" : String(changed.trimmed))")
        lines.append("  discovered \(Self.by(trail.discoveredBy))")
        let settled = trail.changedRevision > 0 ? ", settled up to revision \(trail.settledRevision)" : ""
        lines.append("  updated    \(Self.by(trail.updatedBy))\(settled)")
        if let error = trail.lastError {
            lines.append("  failed     \(trail.package.attempts.counted("time")): \(error)")
        }
        lines.append("  next look  \(trail.nextLookAtMilliseconds.map(StatusText.time) ?? "never")")
        for object in trail.objects {
            lines.append("  \(object.path)")
            lines.append("    content    \(object.contentHash?.hexadecimal ?? "withdrawn")")
            lines.append(
                "    derived    \(Self.by(object.updatedBy)), changed\(Self.at(object.changedAtMilliseconds))"
            )
            if object.deployedAtMilliseconds == nil {
                lines.append("    published  not yet")
            } else {
                let state = object.isLive ? "live" : object.contentHash == nil ? "deleted" : "to be uploaded again"
                let etag = object.etag.map { ", ETag \($0)" } ?? ""
                lines.append(
                    "    published  \(Self.by(object.syncedBy, none: "by a run that is not known"))\(Self.at(object.deployedAtMilliseconds)), \(state)\(etag)"
                )
            }
            if let error = object.lastError {
                lines.append("    failed     \(Self.by(object.failedBy, none: "by a run that is not known")): \(error)")
            }
        }
        for archive in trail.archives where archive.isListed { lines += ArchiveText.lines(of: archive) }
        return lines.joined(separator: "\n")
    }

    private static func at(_ milliseconds: Int64?) -> String {
        milliseconds.map { " at \(StatusText.time($0))" } ?? ""
    }

    private static func by(_ step: PackageTrail.Step?, none: String = "not yet") -> String {
        guard let step else { return none }
        return "by run \(step.run)" + (step.startedAtMilliseconds.map { " (begun \(StatusText.time($0)))" } ?? "")
    }
}
