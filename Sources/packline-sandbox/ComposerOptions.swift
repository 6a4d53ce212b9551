import ArgumentParser
import Sandbox

/// Which Composer repositories are served.
struct ComposerOptions: ParsableArguments {
    @Option(
        name: .customLong("composer"),
        help: ArgumentHelp(
            "A Composer repository: below /MOUNT/, generated; or all, one of each shape with 20 packages.",
            discussion: """
                Shapes: packagist, providers, includes, invented-includes, satis, lazy, inline-lists, inline-maps, \
                gitlab. May be repeated.
                """,
            valueName: "mount=shape[:packages[:seed]]"
        )
    )
    var repositories: [String] = []

    @Option(
        name: .customLong("composer-captures"),
        help: ArgumentHelp(
            "A folder that is served as it is below /MOUNT/. May be repeated.",
            valueName: "mount=folder"
        )
    )
    var captures: [String] = []

    @Option(
        name: .customLong("composer-authentication"),
        help: ArgumentHelp(
            "What a repository asks for. May be repeated.",
            valueName: "mount=basic:user:password|bearer:token|header:name:value"
        )
    )
    var authentications: [String] = []

    @Option(
        name: .customLong("composer-redirects"),
        help: "The documents and archives of this mount are on another host. May be repeated."
    )
    var redirects: [String] = []

    @Option(
        name: .customLong("composer-github"),
        help: "The archives of this mount are on GitHub, which is imitated too. May be repeated."
    )
    var onGitHub: [String] = []

    @Option(
        name: .customLong("composer-tars"),
        help: "Some packages of this mount have tars, plain or in gzip, instead of zips. May be repeated."
    )
    var withTars: [String] = []

    @Flag(
        name: .customLong("composer-etiquette"),
        help:
            "Refuse requests without mailto in their User-Agent, and more than 10 at once, where the shape is packagist."
    )
    var enforcesEtiquette = false

    @Option(
        name: .customLong("composer-old-files"),
        help: "For how many seconds of the world's clock a v1 tree keeps files of the past."
    )
    var oldFilesSeconds: Int64 = 0

    func mounts() throws -> [ComposerMount] {
        var mounts: [ComposerMount] = []
        do {
            for text in self.repositories {
                if text == "all" {
                    for shape in ComposerShape.allCases where shape != .captures {
                        mounts.append(try self.mount(shape.rawValue, shape, packages: 20, seed: 1))
                    }
                } else {
                    mounts.append(try self.mount(text))
                }
            }
            for text in self.captures {
                let (name, folder) = try Self.split(text, "--composer-captures", "MOUNT=FOLDER")
                mounts.append(try ComposerMount(name, captures: folder))
            }
        } catch let error as SandboxError {
            throw ValidationError(error.description)
        }
        let names = mounts.map(\.name)
        if let twice = names.first(where: { name in names.count { $0 == name } > 1 }) {
            throw ValidationError("There are two Composer repositories \"\(twice)\"; choose another mount for one.")
        }
        let named =
            self.authentications.compactMap { $0.split(separator: "=").first.map(String.init) } + self.redirects
            + self.onGitHub + self.withTars
        if let unknown = named.first(where: { !names.contains($0) }) {
            throw ValidationError("There is no Composer repository \"\(unknown)\"; name one with --composer.")
        }
        return mounts
    }

    private func mount(_ text: String) throws -> ComposerMount {
        let form = "MOUNT=SHAPE[:PACKAGES[:SEED]]"
        let (name, rest) = try Self.split(text, "--composer", form)
        let parts = rest.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count <= 3, let shape = ComposerShape(rawValue: String(parts[0])), shape != .captures,
            let packages = parts.count > 1 ? Int(parts[1]) : 20, (0...10_000_000).contains(packages),
            let seed = parts.count > 2 ? UInt64(parts[2]) : 1
        else { throw ValidationError("--composer \(text): write \(form); the help names the shapes.") }
        return try self.mount(name, shape, packages: packages, seed: seed)
    }

    private func mount(_ name: String, _ shape: ComposerShape, packages: Int, seed: UInt64) throws -> ComposerMount {
        try ComposerMount(
            name,
            shape,
            ComposerWorld(seed: seed, packages: packages),
            authentication: try self.authentication(name),
            redirects: self.redirects.contains(name),
            enforcesEtiquette: self.enforcesEtiquette && shape == .packagist,
            keepsOldFilesSeconds: self.oldFilesSeconds,
            isOnGitHub: self.onGitHub.contains(name),
            hasTars: self.withTars.contains(name)
        )
    }

    private func authentication(_ mount: String) throws -> ComposerMount.Authentication? {
        for text in self.authentications {
            let form = "MOUNT=basic:USER:PASSWORD, MOUNT=bearer:TOKEN or MOUNT=header:NAME:VALUE"
            let (name, rest) = try Self.split(text, "--composer-authentication", form)
            guard name == mount else { continue }
            let parts = rest.split(separator: ":", maxSplits: 2).map(String.init)
            switch (parts.first, parts.count) {
            case ("basic", 3): return .basic(user: parts[1], password: parts[2])
            case ("bearer", 2): return .bearer(token: parts[1])
            case ("header", 3): return .header(name: parts[1], value: parts[2])
            default: throw ValidationError("--composer-authentication \(text): write \(form).")
            }
        }
        return nil
    }

    private static func split(_ text: String, _ flag: String, _ form: String) throws -> (name: String, rest: String) {
        let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
        guard parts.count == 2 else { throw ValidationError("\(flag) \(text): write \(form).") }
        return (parts[0], parts[1])
    }
}
