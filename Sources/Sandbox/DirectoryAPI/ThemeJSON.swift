/// Writes what the theme API says of one theme.
struct ThemeJSON {
    /// Where archives are, without a slash at the end.
    let downloadsURL: String
    let fields: APIFields

    func append(_ theme: SandboxPackage, to bytes: inout [UInt8]) {
        let fields = self.fields
        bytes.append("{" as StaticString)
        bytes.appendMember("name", theme.title)
        bytes.append("," as StaticString)
        bytes.appendMember("slug", theme.slug)
        bytes.append(",\"version\":" as StaticString)
        Self.appendVersion(theme.version, to: &bytes)
        bytes.append(",\"preview_url\":\"https:\\/\\/wp-themes.com\\/" as StaticString)
        bytes.append(theme.slug)
        bytes.append("\\/\",\"author\":" as StaticString)
        self.appendAuthor(theme, to: &bytes)
        bytes.append(",\"screenshot_url\":\"\\/\\/ts.w.org\\/wp-content\\/themes\\/" as StaticString)
        bytes.append(theme.slug)
        bytes.append("\\/screenshot.png\"" as StaticString)
        if fields.contains(.ratings) { bytes.append(",\"rating\":100,\"num_ratings\":3" as StaticString) }
        bytes.append(",\"reviews_url\":\"https:\\/\\/wordpress.org\\/support\\/theme\\/" as StaticString)
        bytes.append(theme.slug)
        bytes.append("\\/reviews\\/\"" as StaticString)
        if fields.contains(.downloaded) {
            bytes.append("," as StaticString)
            bytes.appendMember("downloaded", number: theme.activeInstalls * 5)
        }
        if fields.contains(.activeInstalls) {
            bytes.append("," as StaticString)
            bytes.appendMember("active_installs", number: theme.activeInstalls)
        }
        self.appendDates(theme, to: &bytes)
        self.appendTexts(theme, to: &bytes)
        if fields.contains(.versions) { self.appendVersions(theme, to: &bytes) }
        if fields.contains(.requirements) {
            bytes.append("," as StaticString)
            bytes.appendMember("requires", orFalse: theme.requires)
        }
        if fields.contains(.requiresPHP) {
            bytes.append("," as StaticString)
            bytes.appendMember("requires_php", orFalse: theme.requiresPHP)
        }
        bytes.append(
            ",\"is_commercial\":false,\"external_support_url\":false,\"is_community\":false,\"external_repository_url\":\"\"}"
                as StaticString
        )
    }

    /// A version that is a whole number comes as a JSON number.
    private static func appendVersion(_ version: String, to bytes: inout [UInt8]) {
        if let number = Int(version), "\(number)" == version {
            bytes.append(number)
        } else {
            bytes.appendJSON(version)
        }
    }

    private func appendAuthor(_ theme: SandboxPackage, to bytes: inout [UInt8]) {
        let nicename = PackageText.nicename(author: theme.author)
        guard self.fields.contains(.extendedAuthor) else {
            bytes.appendJSON(nicename)
            return
        }
        bytes.append("{" as StaticString)
        bytes.appendMember("user_nicename", nicename)
        bytes.append(",\"profile\":\"https:\\/\\/profiles.wordpress.org\\/" as StaticString)
        bytes.append(nicename)
        bytes.append(
            "\\/\",\"avatar\":\"https:\\/\\/secure.gravatar.com\\/avatar\\/0?s=96&d=monsterid&r=g\"," as StaticString
        )
        bytes.appendMember("display_name", theme.author)
        // What the theme's header says, or false: here every other author has none.
        let hasHeader = PackageText.hash(theme.slug) & 1 == 0
        bytes.append("," as StaticString)
        bytes.appendMember("author", orFalse: hasHeader ? theme.author : nil)
        bytes.append("," as StaticString)
        bytes.appendMember("author_url", orFalse: hasHeader ? "https://example.org/\(nicename)/" : nil)
        bytes.append("}" as StaticString)
    }

    private func appendDates(_ theme: SandboxPackage, to bytes: inout [UInt8]) {
        if self.fields.contains(.lastUpdated) {
            let civil = CivilTime(seconds: theme.lastUpdatedSeconds)
            bytes.append(",\"last_updated\":\"" as StaticString)
            bytes.append(civil.date)
            bytes.append("\",\"last_updated_time\":\"" as StaticString)
            bytes.append("\(civil.date) \(civil.time)")
            bytes.append("\"" as StaticString)
        }
        if self.fields.contains(.added) {
            let civil = CivilTime(seconds: theme.addedSeconds)
            bytes.append(",\"creation_time\":\"" as StaticString)
            bytes.append("\(civil.date) \(civil.time)")
            bytes.append("\"" as StaticString)
        }
    }

    private func appendTexts(_ theme: SandboxPackage, to bytes: inout [UInt8]) {
        if self.fields.contains(.homepage) {
            bytes.append(",\"homepage\":\"https:\\/\\/wordpress.org\\/themes\\/" as StaticString)
            bytes.append(theme.slug)
            bytes.append("\\/\"" as StaticString)
        }
        if self.fields.contains(.sections) {
            bytes.append(",\"sections\":{" as StaticString)
            bytes.appendMember("description", theme.summary)
            bytes.append("}" as StaticString)
        } else if self.fields.contains(.description) {
            bytes.append("," as StaticString)
            bytes.appendMember("description", theme.summary)
        }
        if self.fields.contains(.downloadLink) {
            bytes.append(",\"download_link\":" as StaticString)
            bytes.appendJSON(self.url(theme.slug, version: theme.version))
        }
        if self.fields.contains(.tags) {
            bytes.append(",\"tags\":{\"blog\":\"Blog\",\"one-column\":\"One column\"}" as StaticString)
        }
        if self.fields.contains(.parent), let parent = theme.parentTheme {
            bytes.append("," as StaticString)
            bytes.appendMember("template", parent)
            bytes.append(",\"parent\":{" as StaticString)
            bytes.appendMember("slug", parent)
            bytes.append("," as StaticString)
            bytes.appendMember("name", PackageText.title(slug: parent))
            bytes.append("," as StaticString)
            bytes.appendMember("homepage", "https://wordpress.org/themes/\(parent)/")
            bytes.append("}" as StaticString)
        }
    }

    /// Every version that was uploaded, those that wait for review too.
    private func appendVersions(_ theme: SandboxPackage, to bytes: inout [UInt8]) {
        guard !theme.tags.isEmpty else {
            bytes.append(",\"versions\":[]" as StaticString)
            return
        }
        let isList = theme.tags.indices.allSatisfy { theme.tags[$0].name == "\($0)" }
        bytes.append(isList ? ",\"versions\":[" : ",\"versions\":{" as StaticString)
        for (index, tag) in theme.tags.enumerated() {
            if index > 0 { bytes.append("," as StaticString) }
            if !isList {
                bytes.appendJSON(tag.name)
                bytes.append(":" as StaticString)
            }
            bytes.appendJSON(self.url(theme.slug, version: tag.name))
        }
        bytes.append(isList ? "]" : "}" as StaticString)
    }

    private func url(_ slug: String, version: String) -> String {
        "\(self.downloadsURL)/theme/\(slug).\(DirectoryAPIText.themeFileVersion(version)).zip"
    }
}
