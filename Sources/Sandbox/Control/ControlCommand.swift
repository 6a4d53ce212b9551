/// The body of a command; which members are read depends on the command.
struct ControlCommand: CommandBody {
    var directory: SandboxDirectory?
    var slug: String?
    /// Of `commit`: `tag`, `trunk`, `assets`, `branches`, `rewrite-tag`, `delete-tag`, `rename-tag`, `make-live`,
    /// `replace`, `paths`, `empty`.
    var change: String?
    var tag: String?
    var to: String?
    var live: Bool?
    var version: String?
    var paths: [Path]?
    // Of `add`.
    var title: String?
    var tags: [String]?
    var requires: String?
    var requiresPHP: String?
    var summary: String?
    var homepage: String?
    var installs: Int?
    var listed: Bool?
    // Of `close`.
    var date: String?
    var reason: String?
    var permanent: Bool?
    // Of `lag`.
    var commits: Int?
    var seconds: Double?
    // Of `fail` and `throttle`.
    var route: String?
    var pattern: String?
    /// `status`, `reset`, `reset-after`, `malformed`, `html`, `json-error`, `empty`, `truncated`, `halved`, `flipped`,
    /// `shrunk`, `huge`, `delay`, `late-answer`, `drip`, `wrong-etag`, `rewritten`, `header`, `instead`, `stale`,
    /// `rebuilt`, `redirect`.
    var effect: String?
    var status: Int?
    var retryAfter: Int?
    var percent: Int?
    var bytes: Int?
    var milliseconds: Int?
    var original: String?
    var text: String?
    var name: String?
    var value: String?
    var path: String?
    var location: String?
    var times: Int?
    var skip: Int?
    var perSecond: Int?
    var id: Int?
    /// Of `clock`.
    var now: String?

    struct Path: Decodable {
        var action: ChangedPath.Action
        var kind: ChangedPath.Kind
        var path: String
        var copiedFrom: String?
        var copiedFromRevision: Int?
    }

    func commit() throws(SandboxError) -> SandboxCommit {
        switch try self.required(self.change, "change") {
        case "tag": return .tag(try self.required(self.tag, "tag"), isLive: self.live ?? true)
        case "trunk": return .trunk(version: self.version)
        case "assets": return .assets
        case "branches": return .branches
        case "rewrite-tag": return .rewriteTag(try self.required(self.tag, "tag"))
        case "delete-tag": return .deleteTag(try self.required(self.tag, "tag"))
        case "rename-tag":
            return .renameTag(try self.required(self.tag, "tag"), to: try self.required(self.to, "to"))
        case "make-live": return .makeLive(try self.required(self.tag, "tag"))
        case "replace": return .replaceDirectory
        case "empty": return .empty
        case "paths":
            let paths = try self.required(self.paths, "paths")
            return .paths(
                paths.map { path in
                    let source = path.copiedFrom.map { ($0, path.copiedFromRevision ?? 0) }
                    return ChangedPath(path.action, path.kind, path.path, copiedFrom: source)
                }
            )
        case let other: throw .badCommand("\"\(other)\" is no change that a commit can make")
        }
    }

    func fault() throws(SandboxError) -> SandboxFault {
        SandboxFault(
            try self.faultEffect(),
            route: self.route ?? "*",
            pattern: self.pattern ?? "*",
            times: self.times,
            skip: self.skip ?? 0
        )
    }

    private func statusCode(_ code: Int) throws(SandboxError) -> Int {
        guard (200...599).contains(code) else { throw .badCommand("\"status\" must be between 200 and 599") }
        return code
    }

    private func faultEffect() throws(SandboxError) -> SandboxFault.Effect {
        switch try self.required(self.effect, "effect") {
        case "status":
            .status(try self.statusCode(try self.required(self.status, "status")), retryAfterSeconds: self.retryAfter)
        case "reset": .reset
        case "reset-after": .resetAfterEffect
        case "malformed": .malformedJSON
        case "html": .htmlPage
        case "json-error": .jsonError
        case "empty": .emptyBody
        case "truncated": .truncated
        case "halved": .halved
        case "flipped": .flipped
        case "shrunk": .shrunk(percent: self.percent ?? 50)
        case "huge": .huge(bytes: self.bytes ?? 100_000_000)
        case "delay": .delay(milliseconds: try self.required(self.milliseconds, "milliseconds"))
        case "late-answer": .lateAnswer(milliseconds: try self.required(self.milliseconds, "milliseconds"))
        case "drip":
            .drip(milliseconds: try self.required(self.milliseconds, "milliseconds"), bytes: self.bytes ?? 1)
        case "wrong-etag": .wrongETag
        case "rewritten":
            .rewritten(
                original: try self.required(self.original, "original"),
                text: try self.required(self.text, "text")
            )
        case "header":
            .header(name: try self.required(self.name, "name"), value: try self.required(self.value, "value"))
        case "instead": .instead(path: try self.required(self.path, "path"))
        case "stale": .stale
        case "rebuilt": .rebuilt
        case "redirect":
            .redirect(
                location: try self.required(self.location, "location"),
                status: try self.statusCode(self.status ?? 302)
            )
        case let other: throw .badCommand("\"\(other)\" is no effect that a fault can have")
        }
    }
}
