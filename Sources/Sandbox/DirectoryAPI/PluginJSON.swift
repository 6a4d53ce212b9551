/// Writes what the plugin API says of one plugin.
struct PluginJSON {
    /// Where archives are, without a slash at the end.
    let downloadsURL: String
    let fields: APIFields

    /// The answer about an open plugin.
    func append(_ plugin: SandboxPackage, to bytes: inout [UInt8]) {
        let fields = self.fields
        let nicename = PackageText.nicename(author: plugin.author)
        bytes.append("{" as StaticString)
        bytes.appendMember("name", plugin.title)
        bytes.append(",\"slug\":\"" as StaticString)
        bytes.append(plugin.slug)
        bytes.append("\"," as StaticString)
        bytes.appendMember("version", plugin.version.isEmpty ? "0.0" : plugin.version)
        bytes.append(",\"author\":\"<a href=\\\"https:\\/\\/example.org\\/" as StaticString)
        bytes.append(nicename)
        bytes.append("\\/\\\">" as StaticString)
        bytes.appendJSONContent(plugin.author)
        bytes.append("<\\/a>\",\"author_profile\":\"https:\\/\\/profiles.wordpress.org\\/" as StaticString)
        bytes.append(nicename)
        bytes.append("\\/\"" as StaticString)
        if fields.contains(.contributors) { self.appendContributors(plugin, nicename, to: &bytes) }
        if fields.contains(.requirements) {
            bytes.append("," as StaticString)
            bytes.appendMember("requires", orFalse: plugin.requires)
        }
        if fields.contains(.tested) {
            bytes.append("," as StaticString)
            bytes.appendMember("tested", orFalse: plugin.tested)
        }
        if fields.contains(.requiresPHP) {
            bytes.append("," as StaticString)
            bytes.appendMember("requires_php", orFalse: plugin.requiresPHP)
        }
        bytes.append(",\"requires_plugins\":[" as StaticString)
        for (index, slug) in plugin.requiresPlugins.enumerated() {
            if index > 0 { bytes.append("," as StaticString) }
            bytes.appendJSON(slug)
        }
        bytes.append("]" as StaticString)
        self.appendNumbers(plugin, to: &bytes)
        self.appendTexts(plugin, to: &bytes)
        self.appendVersions(plugin, to: &bytes)
        bytes.append(
            ",\"business_model\":false,\"repository_url\":\"\",\"commercial_support_url\":\"\"" as StaticString
        )
        if fields.contains(.donateLink) { bytes.append(",\"donate_link\":\"\"" as StaticString) }
        if fields.contains(.banners) { bytes.append(",\"banners\":[]" as StaticString) }
        if fields.contains(.icons) {
            bytes.append(",\"icons\":{\"default\":\"https:\\/\\/s.w.org\\/plugins\\/geopattern-icon\\/" as StaticString)
            bytes.append(plugin.slug)
            bytes.append(".svg\"}" as StaticString)
        }
        if fields.contains(.languagePacks) { bytes.append(",\"language_packs\":[]" as StaticString) }
        bytes.append(",\"preview_link\":\"\"}" as StaticString)
    }

    private func appendContributors(_ plugin: SandboxPackage, _ nicename: String, to bytes: inout [UInt8]) {
        bytes.append(",\"contributors\":{\"" as StaticString)
        bytes.append(nicename)
        bytes.append("\":{\"profile\":\"https:\\/\\/profiles.wordpress.org\\/" as StaticString)
        bytes.append(nicename)
        bytes.append(
            "\\/\",\"avatar\":\"https:\\/\\/secure.gravatar.com\\/avatar\\/0?s=96&d=monsterid&r=g\"," as StaticString
        )
        bytes.appendMember("display_name", plugin.author)
        bytes.append("}}" as StaticString)
    }

    private func appendNumbers(_ plugin: SandboxPackage, to bytes: inout [UInt8]) {
        if self.fields.contains(.ratings) {
            bytes.append(
                ",\"rating\":90,\"ratings\":{\"5\":4,\"4\":1,\"3\":0,\"2\":0,\"1\":0},\"num_ratings\":5" as StaticString
            )
        }
        bytes.append(",\"support_url\":\"https:\\/\\/wordpress.org\\/support\\/plugin\\/" as StaticString)
        bytes.append(plugin.slug)
        bytes.append("\\/\",\"support_threads\":0,\"support_threads_resolved\":0" as StaticString)
        if self.fields.contains(.activeInstalls) {
            bytes.append("," as StaticString)
            bytes.appendMember("active_installs", number: plugin.activeInstalls)
        }
        if self.fields.contains(.downloaded) {
            bytes.append("," as StaticString)
            bytes.appendMember("downloaded", number: plugin.activeInstalls * 7)
        }
    }

    private func appendTexts(_ plugin: SandboxPackage, to bytes: inout [UInt8]) {
        if self.fields.contains(.lastUpdated) {
            bytes.append(",\"last_updated\":\"" as StaticString)
            bytes.append(CivilTime(seconds: plugin.lastUpdatedSeconds).twelveHour)
            bytes.append("\"" as StaticString)
        }
        if self.fields.contains(.added) {
            bytes.append(",\"added\":\"" as StaticString)
            bytes.append(CivilTime(seconds: plugin.addedSeconds).date)
            bytes.append("\"" as StaticString)
        }
        if self.fields.contains(.homepage) {
            bytes.append("," as StaticString)
            bytes.appendMember("homepage", plugin.homepage)
        }
        if self.fields.contains(.sections) {
            bytes.append(",\"sections\":{\"description\":\"<p>" as StaticString)
            bytes.appendJSONContent(plugin.summary)
            bytes.append("<\\/p>\\n\",\"changelog\":\"<h4>" as StaticString)
            bytes.appendJSONContent(plugin.version)
            bytes.append("<\\/h4>\\n\"}" as StaticString)
        }
        if self.fields.contains(.shortDescription) {
            bytes.append("," as StaticString)
            bytes.appendMember("short_description", plugin.summary)
        }
        if self.fields.contains(.description) {
            bytes.append(",\"description\":\"<p>" as StaticString)
            bytes.appendJSONContent(plugin.summary)
            bytes.append("<\\/p>\\n\"" as StaticString)
        }
        if self.fields.contains(.downloadLink) {
            bytes.append(",\"download_link\":" as StaticString)
            bytes.appendJSON(self.url(plugin.slug, tag: plugin.stableTag))
        }
        bytes.append(",\"upgrade_notice\":[]" as StaticString)
        if self.fields.contains(.screenshots) { bytes.append(",\"screenshots\":[]" as StaticString) }
        if self.fields.contains(.tags) {
            let words = plugin.slug.split(separator: "-").prefix(3)
            bytes.append(words.isEmpty ? ",\"tags\":[" : ",\"tags\":{" as StaticString)
            for (index, word) in words.enumerated() {
                if index > 0 { bytes.append("," as StaticString) }
                bytes.appendJSON("\(index)\(word)")
                bytes.append(":" as StaticString)
                bytes.appendJSON(word)
            }
            bytes.append(words.isEmpty ? "]" : "}" as StaticString)
        }
        if self.fields.contains(.stableTag) {
            bytes.append("," as StaticString)
            bytes.appendMember("stable_tag", plugin.stableTag)
        }
    }

    /// An object, an empty list, or, where all names are 0, 1, 2 … and nothing else, a list: PHP knows no better.
    private func appendVersions(_ plugin: SandboxPackage, to bytes: inout [UInt8]) {
        guard self.fields.contains(.versions) else { return }
        guard !plugin.tags.isEmpty else {
            bytes.append(",\"versions\":[]" as StaticString)
            return
        }
        let showsTrunk = plugin.stableTag != "trunk"
        let isList = !showsTrunk && plugin.tags.indices.allSatisfy { plugin.tags[$0].name == "\($0)" }
        bytes.append(isList ? ",\"versions\":[" : ",\"versions\":{" as StaticString)
        var prefix: [UInt8] = []
        prefix.appendJSONContent("\(self.downloadsURL)/plugin/\(plugin.slug).")
        for (index, tag) in plugin.tags.enumerated() {
            if index > 0 { bytes.append("," as StaticString) }
            if !isList {
                // A name that begins with a dot is shown with a zero before it, though the directory has none.
                bytes.append(UInt8(ascii: "\""))
                if tag.name.utf8.first == UInt8(ascii: ".") { bytes.append("0" as StaticString) }
                bytes.appendJSONContent(tag.name)
                bytes.append("\":" as StaticString)
            }
            bytes.append(UInt8(ascii: "\""))
            bytes += prefix
            bytes.appendJSONContent(tag.name)
            bytes.append(".zip\"" as StaticString)
        }
        if showsTrunk {
            bytes.append(",\"trunk\":\"" as StaticString)
            bytes += prefix
            bytes.append("zip\"" as StaticString)
        }
        bytes.append(isList ? "]" : "}" as StaticString)
    }

    private func url(_ slug: String, tag: String) -> String {
        tag == "trunk"
            ? "\(self.downloadsURL)/plugin/\(slug).zip" : "\(self.downloadsURL)/plugin/\(slug).\(tag).zip"
    }

    /// The answer about a closed plugin.
    static func appendClosed(_ plugin: SandboxPackage, _ closure: SandboxClosure, to bytes: inout [UInt8]) {
        let date = CivilTime.parse(closure.date).map { CivilTime(seconds: $0).prose } ?? closure.date
        var notice = "This plugin has been closed as of \(date) and is not available for download."
        if closure.isPermanent {
            notice += " This closure is permanent."
        } else if closure.reason == nil {
            notice += " This closure is temporary, pending a full review."
        }
        if let reason = closure.reasonText { notice += " Reason: \(reason)." }
        bytes.append("{\"error\":\"closed\"," as StaticString)
        bytes.appendMember("name", plugin.title)
        bytes.append("," as StaticString)
        bytes.appendMember("slug", plugin.slug)
        bytes.append("," as StaticString)
        bytes.appendMember("description", notice)
        bytes.append(",\"closed\":true," as StaticString)
        bytes.appendMember("closed_date", closure.date)
        bytes.append("," as StaticString)
        bytes.appendMember("reason", orFalse: closure.reason)
        bytes.append("," as StaticString)
        bytes.appendMember("reason_text", orFalse: closure.reasonText)
        bytes.append("}" as StaticString)
    }
}
