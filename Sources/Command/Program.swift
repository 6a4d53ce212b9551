import ArgumentParser

/// The executables: one program under five names.
package enum Program {
    /// Runs the command called `name`: `discover`, `update`, `sync` and `serve` are the verbs of `packline` by themselves,
    /// and any other name is `packline`.
    ///
    /// - Parameter name: What the process was called by, when nothing else is said.
    package static func run(as name: String? = nil) async {
        let called = CommandLine.arguments.first?.split(separator: "/").last.map(String.init)
        switch name ?? called {
        case "discover": await DiscoverCommand.main()
        case "update": await UpdateCommand.main()
        case "sync": await SyncCommand.main()
        case "serve": await ServeCommand.main()
        default: await PacklineCommand.main()
        }
    }
}
