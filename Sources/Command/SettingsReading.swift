import Pipeline

/// What the settings come to, whatever is wrong with some of them.
package struct SettingsReading: Sendable {
    /// What of them is wrong.
    enum Part: CaseIterable { case database, bucket, upstreams, others }

    /// Where something is wrong, the default.
    package private(set) var settings = Settings()
    /// All that is wrong, each once.
    package private(set) var problems: [String] = []
    /// The names of all settings that were asked for: each can be a variable, and `NAME_FILE` with it.
    package private(set) var names: Set<String> = []
    private(set) var wrongParts: Set<Part> = []

    /// - Parameters:
    ///   - overrides: Values of flags by variable name; they win over the environment.
    ///   - isServing: Whether `serve` is to answer under them, which a private repository wants more for.
    package init(environment: [String: String], overrides: [String: String] = [:], isServing: Bool = false) {
        let empty = overrides.filter { $0.value.trimmed.isEmpty }
        let given = overrides.filter { empty[$0.key] == nil }
        var reader = SettingsReader(environment: environment.merging(given) { $1 })
        // An empty flag is a shell variable that was not set: it must not mean the default.
        for name in empty.keys.sorted() {
            reader.problems.append("the flag in place of \(name) is empty: give it a value, or leave it out")
        }
        var known = reader.problems.count
        // What a file says that can't be read, nobody knows.
        if known > 0 || reader.file?.isBroken == true { self.wrongParts = Set(Part.allCases) }
        func read(_ part: Part, _ body: (inout Settings, inout SettingsReader) -> Void) {
            body(&self.settings, &reader)
            if reader.problems.count > known { self.wrongParts.insert(part) }
            known = reader.problems.count
        }
        read(.database) { $0.readDatabase(from: &$1) }
        read(.bucket) { $0.readStorage(from: &$1) }
        // What a file does not say that can't be read is not missing.
        if reader.file?.isBroken != true {
            read(.upstreams) { settings, reader in
                settings.readUpstream(from: &reader)
                settings.readPurge(from: &reader)
            }
        }
        read(.others) { settings, reader in
            settings.readOthers(from: &reader)
            if isServing { settings.checkServing(&reader) }
            reader.finishFile()
        }
        // What several kinds read is said once.
        self.problems = reader.problems.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
        self.names = reader.askedNames
    }
}
