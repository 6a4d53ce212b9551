/// The commands whose names begin with `composer-`.
struct ComposerControl {
    static let prefix = "composer-"

    /// What a command did.
    struct Outcome: Encodable {
        /// Of the packages that it concerned.
        var names: [String]?
        /// The world's time, in 1/10,000 s since 1970.
        var now: Int64
    }

    let sandbox: Sandbox

    func run(_ name: String, _ command: ComposerCommand) throws(SandboxError) -> Outcome {
        let world = try self.world(command)
        let names = try self.change(world, name, command)
        return Outcome(names: names, now: world.now)
    }

    private func world(_ command: ComposerCommand) throws(SandboxError) -> ComposerWorld {
        let mounts = self.sandbox.composer
        guard let name = command.mount ?? (mounts.count == 1 ? mounts.keys.first : nil) else {
            throw .badCommand("\"mount\" is missing: one of \(mounts.keys.sorted().joined(separator: ", "))")
        }
        guard let mount = mounts[name] else {
            throw .badCommand("there is no Composer repository \"\(name)\"; start the sandbox with --composer")
        }
        return mount.world
    }

    /// - Returns: The names of the packages that were changed, if any were.
    private func change(
        _ world: ComposerWorld,
        _ name: String,
        _ command: ComposerCommand
    ) throws(SandboxError) -> [String]? {
        switch name {
        case "composer-publish":
            guard let change = ComposerChange(rawValue: command.change ?? "release") else {
                throw .badCommand("\"\(command.change ?? "")\" is no change: release, dev, advisory or withdrawal")
            }
            guard let names = command.names else { return world.publish(count: try Self.count(command), change) }
            try world.publish(names, change)
            return names
        case "composer-add":
            guard let names = command.names else { return world.add(count: try Self.count(command)) }
            try world.add(names)
            return names
        case "composer-delete":
            guard let names = command.names else { return world.delete(count: try Self.count(command)) }
            try world.delete(names)
            return names
        default:
            try self.disturb(world, name, command)
            return nil
        }
    }

    private static func seconds(_ command: ComposerCommand) throws(SandboxError) -> Double {
        let seconds = try command.required(command.seconds, "seconds")
        guard (0...Double(ComposerWorld.longestSeconds)).contains(seconds) else {
            throw .badCommand("\"seconds\" must be between 0 and \(ComposerWorld.longestSeconds)")
        }
        return seconds
    }

    /// How many packages are chosen where none are named.
    private static func count(_ command: ComposerCommand) throws(SandboxError) -> Int {
        let count = command.count ?? 1
        guard (0...1_000_000).contains(count) else { throw .badCommand("\"count\" must be between 0 and 1000000") }
        return count
    }

    private func disturb(_ world: ComposerWorld, _ name: String, _ command: ComposerCommand) throws(SandboxError) {
        switch name {
        case "composer-lag":
            let duration = try command.seconds == nil ? nil : Duration.seconds(Self.seconds(command))
            try world.lag(name: command.name, publications: command.publications, duration: duration)
        case "composer-release-lag":
            world.releaseLag(name: command.name)
        case "composer-swap":
            try world.answer(try command.required(command.name, "name"), with: command.other)
        case "composer-quirk":
            let quirk = try command.quirk.map { (name: String) throws(SandboxError) in
                guard let quirk = ComposerQuirk(rawValue: name) else {
                    throw .badCommand("\"\(name)\" is no quirk: several, none, broken-source or malware")
                }
                return quirk
            }
            try world.bend(try command.required(command.name, "name"), quirk)
        case "composer-feed":
            world.breakFeed(try command.feedFault(), times: command.times)
        case "composer-mend-feed":
            world.mendFeed()
        case "composer-listings":
            world.letListingsDisagree(percent: try command.required(command.percent, "percent"))
        case "composer-clock":
            world.advance(seconds: Int64(try Self.seconds(command)))
        default:
            throw .badCommand("there is no command \"\(name)\"")
        }
    }
}
