import Composer
import Pipeline
import Store
import WordPress

/// The way of a package from a commit upstream to its objects, for people.
struct TrailText {
    let trail: Trail
    let settings: Settings

    var text: String {
        let trail = self.trail
        var lines = ["\(self.name)  \(trail.state), of \(trail.source)"]
        lines.append("  changed    in revision \(trail.changedRevision)\(Self.at(trail.changedAtMilliseconds))")
        lines.append("  discovered \(Self.by(trail.discoveredBy))")
        lines.append("  updated    \(Self.by(trail.updatedBy)), settled up to revision \(trail.settledRevision)")
        if let error = trail.lastError { lines.append("  failed     \(trail.attempts) times: \(error)") }
        lines.append("  next look  \(StatusText.time(trail.nextLookAtMilliseconds))")
        for object in trail.objects {
            lines.append("  \(object.path)")
            lines.append("    content    \(object.contentHash ?? "withdrawn")")
            lines.append(
                "    derived    \(Self.by(object.updatedBy)), changed\(Self.at(object.contentChangedAtMilliseconds))"
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
        return lines.joined(separator: "\n")
    }

    private var name: String {
        guard let source = SourceName(rawValue: self.trail.source) else { return self.trail.slug }
        return self.settings.derivation.name(type: source.type, slug: self.trail.slug)
    }

    private static func at(_ milliseconds: Int64?) -> String {
        milliseconds.map { " at \(StatusText.time($0))" } ?? ""
    }

    private static func by(_ step: Trail.Step?, none: String = "not yet") -> String {
        guard let step else { return none }
        return "by run \(step.run)" + (step.startedAtMilliseconds.map { " (begun \(StatusText.time($0)))" } ?? "")
    }
}
