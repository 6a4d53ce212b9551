import Facts
import Upstream
import Wire

/// What a feed has promised of a package's documents and upstream's answers may not show yet: behind a CDN files are
/// stale, or missing, for a while after the feed told of them.
struct Awaited: Equatable {
    /// Seconds since 1970 that a document's Last-Modified is not before, by part; 0 where only the change is known.
    private(set) var times: [String: Int64] = [:]
    private(set) var isGone = false
    /// Whether included files beside the documents have told of a change: then anything new shows it.
    private(set) var isIncluded = false

    static let main = "main"
    static let dev = "dev"
    private static let gone = "gone"

    /// Adds up to what `PackageRecord.mark` keeps: `+main@1732614063#17326140636710498`.
    static func mark(_ change: PackageChange, timestamp: Int64) -> String {
        var mark = ""
        if change.isDelete { mark += "+\(Self.gone)@0#\(timestamp)" }
        if let main = change.main, !main.isDelete { mark += "+\(Self.main)@\(main.time ?? 0)#\(timestamp)" }
        // What goes with the package does not come back by itself: as the last word it would hide that all of it is gone.
        if let dev = change.dev, !(change.isDelete && dev.isDelete) {
            mark += "+\(Self.dev)@\(dev.isDelete ? 0 : dev.time ?? 0)#\(timestamp)"
        }
        return mark
    }

    /// - Parameter isList: Whether the root has a list of names, and documents that includes may tell of.
    init(_ package: KnownPackage, isList: Bool) {
        // What was settled is awaited no longer.
        guard package.changedRevision > package.settledRevision, let mark = package.mark else { return }
        guard mark.hasPrefix("+") else {
            self.isIncluded = isList
            return
        }
        for item in mark.split(separator: "+") {
            let words = item.split(separator: "#")[0].split(separator: "@").map(String.init)
            guard words.count == 2, let time = Int64(words[1]) else { continue }
            self.isGone = words[0] == Self.gone
            if words[0] != Self.gone { self.times[words[0]] = max(time, self.times[words[0]] ?? 0) }
        }
    }

    /// The least Last-Modified of a document that shows the change, seconds since 1970; nil where any does.
    func time(ofPart name: String) -> Int64? { self.times[name].flatMap { $0 > 0 ? $0 : nil } }

    /// Milliseconds until the package is looked at again, because the answer does not show what was promised; nil where
    /// it does, or has not for a day.
    func delay(_ answer: PackageAnswer<RepositoryPayload>, _ package: KnownPackage) -> Int64? {
        guard package.looks < Self.mostLooks, self.isMissed(answer, package) else { return nil }
        return min(Self.firstDelay << Int64(package.looks), Self.longestDelay)
    }

    /// 15 s, 30 s and so on up to 3 hours: a day in all.
    private static let firstDelay: Int64 = 15_000
    private static let longestDelay: Int64 = 3 * 3_600_000
    private static let mostLooks = 17

    private func isMissed(_ answer: PackageAnswer<RepositoryPayload>, _ package: KnownPackage) -> Bool {
        var validators = package.validators
        var absent: Set<String> = []
        func take(_ parts: [PayloadPart]) {
            for part in parts {
                validators[part.name] = part.validators
                if part.bytes.isEmpty { absent.insert(part.name) }
            }
        }
        switch answer {
        case .notFound:
            // What was not there before is told of anew with every change of the file that it is in.
            let wasMissing = package.state == .missing && package.looks == 0
            return !self.times.isEmpty && !self.isGone || self.isIncluded && !wasMissing
        case .closed: return false
        case .unchanged where self.isIncluded: return true
        case .unchanged: break
        case .partsChanged(let parts): take(parts)
        case .active(let payload, _):
            validators = [:]
            take(payload.parts)
        }
        if self.isGone { return true }
        return self.times.keys.contains { name in
            guard let awaited = self.time(ofPart: name) else { return false }
            // A new package's documents come one by one.
            if absent.contains(name) { return true }
            guard let modified = validators[name]?.lastModified.flatMap(HTTPDate.secondsSince1970(_:)) else {
                return false
            }
            return modified < awaited
        }
    }
}
