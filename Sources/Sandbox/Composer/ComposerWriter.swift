/// Writes versions as JSON, whole or as what differs from the version before (composer/2.0's minification).
struct ComposerWriter: Sendable {
    /// What distinguishes one kind of repository from another.
    struct Style: Sendable {
        var hasNormalizedVersions = true
        /// Whether each version has a number that no other of the repository has, as Composer wants it in version 1.
        var hasUniqueNumbers = false
        /// Whether `dist` has the SHA-1 of the archive, as a Satis writes it; else it is empty, as on Packagist.
        var hasChecksums = false
        /// Whether versions that are written whole have a `source` without a reference.
        var hasBrokenSources = false
    }

    let catalogue: ComposerCatalogue
    let number: Int
    let name: String
    /// What its versions require.
    let requirements: [ComposerRequirement]
    let archives: ComposerArchives
    let style: Style

    private var olderHalf: Int { self.catalogue.initialVersions(self.number) / 2 }

    /// All members of a version.
    func appendWhole(_ version: ComposerVersion, at place: Int, to json: inout [UInt8]) {
        json.append("{\"name\":\"" as StaticString)
        json.append(self.name)
        json.append("\",\"description\":\"Package " as StaticString)
        json.append(self.number)
        json.append(
            " of the sandbox: does what a package called so would do.\",\"keywords\":[\"sandbox\",\"" as StaticString
        )
        json.append(self.name.prefix { $0 != "/" })
        json.append("\"],\"homepage\":\"https://example.org/" as StaticString)
        json.append(self.name)
        json.append("\"," as StaticString)
        self.appendVersion(version, &json)
        json.append(
            ",\"license\":[\"MIT\"],\"authors\":[{\"name\":\"Zoë Sand\",\"homepage\":\"https://example.org/zoë\"}],"
                as StaticString
        )
        self.appendSources(version, isBroken: self.style.hasBrokenSources, &json)
        json.append(",\"type\":\"library\"," as StaticString)
        self.appendSupport(version, &json)
        if self.hasFunding(version) { Self.appendFunding(&json) }
        self.appendTime(version, &json)
        json.append(",\"autoload\":{\"psr-4\":{\"Sandbox\\\\P" as StaticString)
        json.append(self.number)
        json.append("\\\\\":\"src/\"}}" as StaticString)
        if version.isDefaultBranch { json.append(",\"default-branch\":true" as StaticString) }
        json.append("," as StaticString)
        self.appendRequirements(version, &json)
        if self.style.hasUniqueNumbers {
            json.append(",\"uid\":" as StaticString)
            json.append(self.number * 4_096 + place + 1)
        }
        json.append("}" as StaticString)
    }

    /// The members that differ from those of `before`.
    func appendDifference(_ version: ComposerVersion, from before: ComposerVersion, to json: inout [UInt8]) {
        json.append("{" as StaticString)
        self.appendVersion(version, &json)
        json.append("," as StaticString)
        self.appendSources(version, &json)
        json.append("," as StaticString)
        self.appendSupport(version, &json)
        if self.hasFunding(version), !self.hasFunding(before) { Self.appendFunding(&json) }
        self.appendTime(version, &json)
        let changesNames = self.requirements.names(of: version) != self.requirements.names(of: before)
        if self.era(version) != self.era(before) || changesNames {
            json.append("," as StaticString)
            self.appendRequirements(version, &json)
        }
        if !self.hasFunding(version), self.hasFunding(before) {
            json.append(",\"funding\":\"__unset\"" as StaticString)
        }
        if before.isDefaultBranch { json.append(",\"default-branch\":\"__unset\"" as StaticString) }
        json.append("}" as StaticString)
    }

    private func appendVersion(_ version: ComposerVersion, _ json: inout [UInt8]) {
        json.append("\"version\":\"" as StaticString)
        json.append(version.version)
        if self.style.hasNormalizedVersions {
            json.append("\",\"version_normalized\":\"" as StaticString)
            json.append(version.normalized)
        }
        json.append("\"" as StaticString)
    }

    private func appendSources(_ version: ComposerVersion, isBroken: Bool = false, _ json: inout [UInt8]) {
        json.append("\"source\":{\"url\":\"https://git.example.org/" as StaticString)
        json.append(self.name)
        json.append(".git\",\"type\":\"git" as StaticString)
        if !isBroken {
            json.append("\",\"reference\":\"" as StaticString)
            json += version.reference
        }
        json.append("\"},\"dist\":{\"url\":\"" as StaticString)
        self.archives.appendURL(self.name, version, to: &json)
        json.append("\",\"type\":\"" as StaticString)
        json.append(self.archives.form(self.name).distType)
        json.append("\",\"shasum\":\"" as StaticString)
        if self.style.hasChecksums { json += self.archives.checksum(self.name, version) }
        json.append("\",\"reference\":\"" as StaticString)
        json += version.reference
        json.append("\"}" as StaticString)
    }

    private func appendSupport(_ version: ComposerVersion, _ json: inout [UInt8]) {
        json.append("\"support\":{\"issues\":\"https://git.example.org/" as StaticString)
        json.append(self.name)
        json.append("/issues\",\"source\":\"https://git.example.org/" as StaticString)
        json.append(self.name)
        json.append("/tree/" as StaticString)
        json.append(version.version)
        json.append("\"}" as StaticString)
    }

    private static func appendFunding(_ json: inout [UInt8]) {
        json.append(",\"funding\":[{\"url\":\"https://example.org/fund\",\"type\":\"custom\"}]" as StaticString)
    }

    private func appendTime(_ version: ComposerVersion, _ json: inout [UInt8]) {
        let civil = CivilTime(seconds: version.seconds)
        json.append(",\"time\":\"" as StaticString)
        json.append(civil.date)
        json.append("T" as StaticString)
        json.append(civil.time)
        json.append("+00:00\"" as StaticString)
    }

    private func appendRequirements(_ version: ComposerVersion, _ json: inout [UInt8]) {
        json.append("\"require\":{\"php\":\">=7." as StaticString)
        json.append(self.era(version) % 5)
        for required in self.requirements.names(of: version) {
            json.append("\",\"" as StaticString)
            json.append(required)
            json.append("\":\"*" as StaticString)
        }
        json.append("\"}" as StaticString)
    }

    /// Older versions of a package had no funding yet, which a minified document has to take back.
    private func hasFunding(_ version: ComposerVersion) -> Bool {
        version.index.map { $0 >= self.olderHalf } ?? true
    }

    /// Every sixth version requires something else.
    private func era(_ version: ComposerVersion) -> Int { version.index.map { $0 / 6 } ?? 0 }
}
