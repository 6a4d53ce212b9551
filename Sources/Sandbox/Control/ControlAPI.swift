import HTTPTypes
import NIOCore

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Commands to the sandbox over HTTP: `POST /_sandbox/NAME` with a JSON object, answered with one.
///
/// They are not counted, and no fault strikes them. A command that is refused changes nothing and says why with
/// status 400.
struct ControlAPI {
    static let prefix = "/_sandbox/"

    let sandbox: Sandbox

    func reply(method: HTTPRequest.Method, path: String, body: ByteBuffer) -> Reply {
        let name = path.dropFirst(Self.prefix.count).prefix { $0 != "?" }
        do {
            if method == .get { return try self.show(String(name)) }
            let data = Data(body.readableBytesView)
            if name.hasPrefix(ComposerControl.prefix) {
                let command = try JSONDecoder().decode(ComposerCommand.self, from: data)
                return Self.json(.ok, try ComposerControl(sandbox: self.sandbox).run(String(name), command))
            }
            if name.hasPrefix(GitHubControl.prefix) {
                let command = try JSONDecoder().decode(GitHubCommand.self, from: data.isEmpty ? Data("{}".utf8) : data)
                try GitHubControl(host: self.sandbox.gitHub).run(String(name), command)
                return Self.json(.ok, [String: Value]())
            }
            if name.hasPrefix(WordfenceControl.prefix) {
                let command = try JSONDecoder().decode(WordfenceCommand.self, from: data)
                try WordfenceControl(host: self.sandbox.wordfence).run(String(name), command)
                return Self.json(.ok, [String: Value]())
            }
            let command = try JSONDecoder().decode(ControlCommand.self, from: data.isEmpty ? Data("{}".utf8) : data)
            return Self.json(.ok, try self.run(String(name), command))
        } catch let error as SandboxError {
            return Self.json(.badRequest, ["error": error.description])
        } catch {
            return Self.json(.badRequest, ["error": "the command is no such JSON object: \(error)"])
        }
    }

    private enum Value: Encodable {
        case number(Int)
        case text(String)

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            switch self {
            case .number(let number): try container.encode(number)
            case .text(let text): try container.encode(text)
            }
        }
    }

    private static func json(_ status: HTTPResponse.Status, _ value: some Encodable) -> Reply {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let bytes = (try? encoder.encode(value)).map { Array($0) } ?? []
        return Reply(status: status, contentType: "application/json", bytes + [UInt8(ascii: "\n")])
    }

    private struct Statistics: Encodable {
        var requests: [String: Int]
        var packagesAsked: Int
        var statuses: [String: Int]
    }

    private func show(_ name: String) throws(SandboxError) -> Reply {
        switch name {
        case "stats":
            let statistics = self.sandbox.statistics
            let statuses = Dictionary(uniqueKeysWithValues: statistics.statuses.map { ("\($0)", $1) })
            let shown = Statistics(
                requests: statistics.requests,
                packagesAsked: statistics.packagesAsked,
                statuses: statuses
            )
            return Self.json(.ok, shown)
        case "writes":
            return Self.json(.ok, self.sandbox.objects.writes)
        case "composer":
            return Self.json(.ok, self.sandbox.composer.mapValues(\.requests))
        case "github":
            return Self.json(.ok, self.sandbox.gitHub.requests)
        case "state":
            let world = self.sandbox.world
            let state: [String: Value] = [
                "plugins": .number(world.packageCount(.plugins)),
                "themes": .number(world.packageCount(.themes)),
                "pluginsRevision": .number(world.youngestRevision(.plugins)),
                "themesRevision": .number(world.youngestRevision(.themes)),
                "now": .text(Self.timestamp(world.nowSeconds)),
                "replayRoundsLeft": .number(world.replayRoundsLeft),
            ]
            return Self.json(.ok, state)
        default:
            throw .badCommand("\"\(name)\" cannot be shown; ask for stats, writes, composer, github or state")
        }
    }

    private static func timestamp(_ seconds: Int64) -> String {
        let civil = CivilTime(seconds: seconds)
        return "\(civil.date) \(civil.time)"
    }

    private func run(_ name: String, _ command: ControlCommand) throws(SandboxError) -> [String: Value] {
        let world = self.sandbox.world
        let directory = command.directory ?? .plugins
        switch name {
        case "commit":
            let commit = try command.commit()
            return ["revision": .number(try world.commit(directory, slug: command.slug ?? "", commit))]
        case "add":
            return ["revision": .number(try self.add(directory, command))]
        case "remove":
            return ["revision": .number(try world.remove(directory, slug: try command.required(command.slug, "slug")))]
        case "close":
            let closure = SandboxClosure(
                date: command.date ?? CivilTime(seconds: world.nowSeconds).date,
                reason: command.reason,
                isPermanent: command.permanent ?? false
            )
            try world.close(slug: try command.required(command.slug, "slug"), closure)
        case "reopen":
            try world.reopen(slug: try command.required(command.slug, "slug"))
        case "list":
            let slug = try command.required(command.slug, "slug")
            try world.setListed(directory, slug: slug, command.listed ?? true)
        case "lag":
            let duration = command.seconds.map { Duration.seconds($0) }
            world.lag(directory, slug: command.slug, commits: command.commits, duration: duration)
        case "release-lag":
            world.releaseLag(directory, slug: command.slug)
        case "clock":
            let now = try command.required(command.now, "now")
            guard let seconds = CivilTime.parse(now) else { throw .badCommand("\"\(now)\" is no date") }
            world.setClock(seconds: seconds)
        case "replay-round":
            let applied = try world.replayRound()
            return ["applied": .number(applied), "roundsLeft": .number(world.replayRoundsLeft)]
        default:
            return try self.runOnServer(name, command)
        }
        return [:]
    }

    private func runOnServer(_ name: String, _ command: ControlCommand) throws(SandboxError) -> [String: Value] {
        switch name {
        case "fail":
            return ["id": .number(self.sandbox.fail(try command.fault()))]
        case "clear-faults":
            self.sandbox.clearFaults(id: command.id)
        case "throttle":
            self.sandbox.throttle(
                route: command.route ?? "*",
                perSecond: try command.required(command.perSecond, "perSecond"),
                retryAfterSeconds: command.retryAfter ?? 1
            )
        case "reset-stats":
            self.sandbox.resetStatistics()
            for mount in self.sandbox.composer.values { mount.resetRequests() }
            self.sandbox.gitHub.resetRequests()
        case "archive-size":
            try self.sandbox.sizeArchives(try command.required(command.pattern, "pattern"), bytes: command.bytes)
        case "forget-writes":
            self.sandbox.objects.forgetWrites()
        case "empty-store":
            self.sandbox.objects.removeAll()
        default:
            throw .badCommand("there is no command \"\(name)\"")
        }
        return [:]
    }

    private func add(_ directory: SandboxDirectory, _ command: ControlCommand) throws(SandboxError) -> Int {
        let tags = command.tags ?? []
        let version = command.version ?? tags.last ?? "1.0"
        let slug = try command.required(command.slug, "slug")
        var package = SandboxPackage(slug: slug, title: command.title, version: version)
        package.requires = command.requires
        package.requiresPHP = command.requiresPHP
        package.homepage = command.homepage ?? ""
        package.activeInstalls = command.installs ?? 0
        package.isListed = command.listed ?? true
        if let summary = command.summary { package.summary = summary }
        return try self.sandbox.world.add(directory, package, tags: tags)
    }
}
