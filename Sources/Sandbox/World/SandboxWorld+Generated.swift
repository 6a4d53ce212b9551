extension SandboxWorld {
    /// A world with a made-up history: births, releases, commits to trunk, changes of pictures only, tags rewritten in
    /// place, deleted and renamed, odd slugs, closed plugins, directories that the API does not know.
    ///
    /// The same arguments always make the same world.
    ///
    /// - Parameters:
    ///   - plugins: How many plugins; from 20 on, some have odd slugs.
    ///   - revisions: Of the plugin repository, at least one for each plugin. The theme repository has as many for each
    ///     theme.
    package static func generated(seed: UInt64, plugins: Int, themes: Int, revisions: Int) -> SandboxWorld {
        var state = State(
            startMicroseconds: CivilTime.seconds(year: 2024, month: 1, day: 1) * 1_000_000,
            generator: SplitMix(seed: seed)
        )
        var history = GeneratedHistory(seed: seed)
        history.write(.plugins, packages: plugins, revisions: revisions, into: &state)
        let themeRevisions = plugins == 0 ? revisions : revisions * themes / plugins
        history.write(.themes, packages: themes, revisions: themeRevisions, into: &state)
        return SandboxWorld(state: state)
    }
}
