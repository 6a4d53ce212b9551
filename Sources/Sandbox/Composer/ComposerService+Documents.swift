extension ComposerService {
    var archives: ComposerArchives {
        ComposerArchives(
            mount: self.mount.name,
            url: self.mount.isOnGitHub ? "\(self.gitHubURL)/repos" : "\(self.url)/dist",
            isOnGitHub: self.mount.isOnGitHub,
            hasTars: self.mount.hasTars,
            sizes: self.sizes
        )
    }

    /// How this mount's versions are written.
    var style: ComposerWriter.Style {
        switch self.mount.shape {
        case .packagist, .inlineLists, .captures: .init()
        case .providers, .lazy: .init(hasUniqueNumbers: true)
        case .includes, .inventedIncludes, .satis: .init(hasChecksums: true)
        case .gitlab, .inlineMaps: .init(hasNormalizedVersions: false)
        }
    }

    func document(_ exchange: Exchange, _ address: ComposerAddress, isDev: Bool) -> Reply {
        guard let package = self.world.withState({ state in address.name.flatMap { state.package(asked: $0) } }) else {
            return Self.notFound
        }
        let time = isDev ? package.state.devTime : package.state.mainTime
        switch self.mount.shape {
        case .packagist:
            return self.dated(exchange, units: time) { self.minified(package, isDev: isDev) }
        case .gitlab:
            // Branches are among the others, and there is no second document.
            if isDev { return Self.notFound }
            return Reply(contentType: Self.json, self.mapped(package, self.style))
        default:
            return self.dated(exchange, units: time) { self.listed(package, isDev: isDev) }
        }
    }

    /// As Packagist writes it.
    private func minified(_ package: ComposerPackage, isDev: Bool) -> [UInt8] {
        let versions = isDev ? package.branches : package.versions
        var style = self.style
        style.hasBrokenSources = !isDev && package.quirk == .brokenSource
        let writer = package.writer(archives: self.archives, style)
        var json: [UInt8] = []
        json.reserveCapacity(1_500 + versions.count * 900)
        if !isDev, package.quirk == ComposerQuirk.none {
            return Array("{\"minified\":\"composer/2.0\",\"packages\":[],\"security-advisories\":[]}".utf8)
        }
        json.append("{\"minified\":\"composer/2.0\",\"packages\":{\"" as StaticString)
        json.append(package.name)
        json.append("\":[" as StaticString)
        for (place, version) in versions.enumerated() {
            if place == 0 {
                writer.appendWhole(version, at: place, to: &json)
            } else {
                json.append("," as StaticString)
                writer.appendDifference(version, from: versions[place - 1], to: &json)
            }
        }
        json.append("]" as StaticString)
        if !isDev, package.quirk == .several {
            json.append(",\"intruder/package\":[" as StaticString)
            json.append(
                "{\"name\":\"intruder/package\",\"version\":\"1.0.0\",\"version_normalized\":\"1.0.0.0\"}]"
                    as StaticString
            )
        }
        json.append("}" as StaticString)
        if !isDev {
            json.append(",\"security-advisories\":[" as StaticString)
            for (index, advisory) in package.advisories.enumerated() {
                json.append((index == 0 ? "{" : ",{") as StaticString)
                json.appendMember("advisoryId", advisory.id)
                json.append(",\"affectedVersions\":\"" as StaticString)
                json.append(advisory.affected)
                json.append("\"}" as StaticString)
            }
            json.append("]" as StaticString)
        }
        if !isDev, package.quirk == .malware, let newest = versions.first {
            json.append(",\"filter\":{\"malware\":[{" as StaticString)
            json.appendMember("constraint", newest.version)
            json.append(",\"reason\":\"malware\",\"id\":\"PKFE-sandbox\",\"source\":\"sandbox\"}]}" as StaticString)
        }
        json.append("}" as StaticString)
        return json
    }

    /// As a Satis writes it without `--minify`.
    private func listed(_ package: ComposerPackage, isDev: Bool) -> [UInt8] {
        var json: [UInt8] = []
        json.append("{\"packages\":{\"" as StaticString)
        json.append(package.name)
        json.append("\":" as StaticString)
        self.appendList(isDev ? package.branches : package.versions, of: package, self.style, &json)
        json.append("}}" as StaticString)
        return json
    }

    /// A document of version 1: all stabilities together, by version.
    func mapped(_ package: ComposerPackage, _ style: ComposerWriter.Style) -> [UInt8] {
        var json: [UInt8] = []
        json.append("{\"packages\":{\"" as StaticString)
        json.append(package.name)
        json.append("\":" as StaticString)
        self.appendMap(of: package, style, &json)
        json.append("}}" as StaticString)
        return json
    }

    func appendMap(of package: ComposerPackage, _ style: ComposerWriter.Style, _ json: inout [UInt8]) {
        let writer = package.writer(archives: self.archives, style)
        json.append("{" as StaticString)
        for (place, version) in (package.branches + package.versions).enumerated() {
            json.append((place == 0 ? "\"" : ",\"") as StaticString)
            json.append(version.version)
            json.append("\":" as StaticString)
            writer.appendWhole(version, at: place, to: &json)
        }
        json.append("}" as StaticString)
    }

    func appendList(
        _ versions: [ComposerVersion],
        of package: ComposerPackage,
        _ style: ComposerWriter.Style,
        _ json: inout [UInt8]
    ) {
        let writer = package.writer(archives: self.archives, style)
        json.append("[" as StaticString)
        for (place, version) in versions.enumerated() {
            if place > 0 { json.append("," as StaticString) }
            writer.appendWhole(version, at: place, to: &json)
        }
        json.append("]" as StaticString)
    }
}
