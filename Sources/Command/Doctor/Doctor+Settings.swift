import Pipeline

extension Doctor {
    /// What is wrong with the settings, and what looks like one and is none.
    func settingFindings() -> [Finding] {
        // Which names are asked for depends on what is set.
        let known = self.reading.names.union(SettingsReading(environment: [:]).names)
        var findings = self.reading.problems.map { problem in
            Finding.failed("settings", problem, remedy: "correct it: docs/reference.md has all settings")
        }
        for (name, meant) in UnknownVariables(in: self.environment, known: known).names {
            findings.append(
                meant.map {
                    Finding(
                        "settings",
                        .failed,
                        "\(name) is set, and nothing reads it",
                        remedy: "call it \($0), or unset it"
                    )
                }
                    ?? Finding(
                        "settings",
                        .warning,
                        "\(name) is set, and nothing reads it",
                        remedy: "unset it, or look up the right name in docs/reference.md"
                    )
            )
        }
        let isSet = self.environment.filter { !$0.value.trimmed.isEmpty }
        for name in known.sorted() where isSet[name] != nil && isSet[name + "_FILE"] != nil && !name.hasSuffix("_FILE")
        {
            findings.append(
                Finding(
                    "settings",
                    .warning,
                    "\(name) and \(name)_FILE are both set, and the file is not read",
                    remedy: "unset one of them"
                )
            )
        }
        if !findings.isEmpty { return findings }
        let count = known.filter { isSet[$0] != nil || isSet[$0 + "_FILE"] != nil }.count
        let file = isSet["PACKLINE_CONFIG"].map { ", with those of \($0)" } ?? ""
        if count == 0 { return [.ok("settings", "none is set: all are the defaults")] }
        let number = count == 1 ? "1 variable" : "\(count) variables"
        return [.ok("settings", "\(number)\(file), all of them known and of the right form")]
    }
}
