#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension SandboxWorld {
    /// The whole directory of one day, from files with one package a line.
    ///
    /// Revision numbers follow the dates: each package is born when it was added, each version is a commit of a tag.
    /// Upload times of plugin versions are not recorded; they are spread evenly between birth and last update.
    ///
    /// - Parameters:
    ///   - pluginsNDJSON: Path of a gzip file.
    ///   - themesNDJSON: Path of a gzip file.
    ///   - events: Path of a gzip file with the changes before that day, for ``replayRound()``.
    ///   - rounds: In how many rounds they are replayed.
    ///   - rewinds: Whether the world starts before those changes, so that replaying them leads to that day. Otherwise
    ///     it starts on that day, and versions that are replayed are there already and are rewritten in place.
    ///   - repeats: Whether the changes begin anew when they are used up.
    /// - Throws: ``SandboxError/badData(file:line:reason:)``.
    package static func directory(
        pluginsNDJSON: String,
        themesNDJSON: String,
        events: String? = nil,
        rounds: Int = 100,
        rewinds: Bool = false,
        repeats: Bool = false
    ) throws -> SandboxWorld {
        var plugins = DirectoryHistory(.plugins)
        try DirectoryFile.read(pluginsNDJSON, as: DirectoryFile.Plugin.self) { plugins.add($0) }
        var themes = DirectoryHistory(.themes)
        try DirectoryFile.read(themesNDJSON, as: DirectoryFile.Theme.self) { themes.add($0) }
        let recorded = try events.map(EventReplay.read) ?? []
        let newPlugins = rewinds ? plugins.rewind(recorded) : []
        let newThemes = rewinds ? themes.rewind(recorded) : []
        let start = CivilTime.seconds(year: 2003, month: 1, day: 1) * 1_000_000
        var state = State(startMicroseconds: start, generator: SplitMix(seed: 1))
        state.nowMicroseconds = max(plugins.write(into: &state), themes.write(into: &state))
        if events != nil {
            var replay = EventReplay(recorded, rounds: rounds, repeats: repeats)
            for plugin in newPlugins { replay.newPackages[.plugins, default: [:]][plugin.slug] = plugin }
            for theme in newThemes { replay.newPackages[.themes, default: [:]][theme.slug] = theme }
            state.replay = replay
        }
        return SandboxWorld(state: state)
    }

    /// The same from a folder that holds `wporg-plugins-all-….ndjson.gz`, `wporg-themes-all-….ndjson.gz` and perhaps
    /// `wporg-update-events-….tsv.gz`.
    ///
    /// - Throws: ``SandboxError/badData(file:line:reason:)``.
    package static func directory(
        folder: String,
        rounds: Int = 100,
        rewinds: Bool = false,
        repeats: Bool = false
    ) throws -> SandboxWorld {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        func path(_ prefix: String) -> String? {
            names.sorted().last { $0.hasPrefix(prefix) && $0.hasSuffix(".gz") }.map { "\(folder)/\($0)" }
        }
        guard let plugins = path("wporg-plugins-all"), let themes = path("wporg-themes-all") else {
            let wanted = "\(folder)/wporg-{plugins,themes}-all*.ndjson.gz"
            throw SandboxError.badData(
                file: wanted,
                line: 0,
                reason: "there is no such file; name the folder with both"
            )
        }
        return try Self.directory(
            pluginsNDJSON: plugins,
            themesNDJSON: themes,
            events: path("wporg-update-events"),
            rounds: rounds,
            rewinds: rewinds,
            repeats: repeats
        )
    }
}
