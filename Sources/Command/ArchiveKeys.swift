import Upstream

/// The settings of archives, which each source has: as variables, and at the top of the file, they are about all of
/// them; in the section of a source about that one, and win there.
///
/// ## Environment variables
/// - `PACKLINE_ARCHIVES` (`off`, `lazy` or `eager`; default `off`): whether archives are kept in the bucket, and when they
///   are fetched: when they are asked for, or before a document names them.
/// - `PACKLINE_ARCHIVES_LATEST` (1 to 10,000; default: all): only so many of each package's newest versions.
/// - `PACKLINE_ARCHIVES_STABLE` (`true` or `false`; default `false`): only stable versions.
/// - `PACKLINE_ARCHIVES_ONLY`, `PACKLINE_ARCHIVES_EXCLUDE`: names and patterns of packages, separated by commas.
/// - `PACKLINE_ARCHIVES_MAX_MB` (1 to 100,000; default: any size): only archives of at most so many megabytes.
/// - `PACKLINE_UNTIL_ARCHIVED` (`upstream` or `hold`; default `upstream`): what is published before an archive is there.
/// - `PACKLINE_ARCHIVES_MISSING` (`leave-out` or `upstream`; default `leave-out`): what is published of a version that
///   upstream has said for a day to have no archive of.
///
/// And for all together, not in a section:
/// - `PACKLINE_ARCHIVES_URL`: the absolute URL that the bucket's keys are below; needed where archives are `eager`.
/// - `PACKLINE_ARCHIVES_BUDGET_MB` (1 to 1,000,000,000; default: none): a bucket with so much of them gets no more.
/// - `PACKLINE_TEMP_DIR` (default: `TMPDIR`, else `/tmp`): a folder in which larger archives are put together.
/// - `PACKLINE_TEMP_MB` (8 to 1,000,000; default 2048): megabytes that all of them together may have there.
/// - `PACKLINE_GITHUB_TOKEN`: what GitHub's API is asked with; private repositories are seen where this one is private too.
/// - `PACKLINE_GITHUB_API_URL` (default: `https://api.github.com`): the API of a GitHub Enterprise, which then gets the token.
/// - `PACKLINE_ARCHIVES_AUTH`: the path of a file like Composer's `auth.json`, for archives on hosts that want credentials.
/// - For `lazy` ones `PACKLINE_ARCHIVES_WAIT_SECONDS`, `PACKLINE_ARCHIVES_DELIVERY`, `PACKLINE_ARCHIVES_CACHE_DIR` and
///   `PACKLINE_ARCHIVES_CACHE_MB`: see ``DeliverySettings``.
enum ArchiveKeys {
    /// What an archive may be about in the section of a source, and the variable of each.
    static let variables = [
        (key: "archives", name: "PACKLINE_ARCHIVES", isList: false),
        (key: "archives-latest", name: "PACKLINE_ARCHIVES_LATEST", isList: false),
        (key: "archives-stable", name: "PACKLINE_ARCHIVES_STABLE", isList: false),
        (key: "archives-only", name: "PACKLINE_ARCHIVES_ONLY", isList: true),
        (key: "archives-exclude", name: "PACKLINE_ARCHIVES_EXCLUDE", isList: true),
        (key: "archives-max-mb", name: "PACKLINE_ARCHIVES_MAX_MB", isList: false),
        (key: "until-archived", name: "PACKLINE_UNTIL_ARCHIVED", isList: false),
        (key: "archives-missing", name: "PACKLINE_ARCHIVES_MISSING", isList: false),
    ]

    /// What is not for a section.
    static let common = [
        "archives-url", "archives-budget-mb", "temp-dir", "temp-mb", "github-token", "github-api-url",
        "archives-auth", "archives-wait-seconds", "archives-delivery", "archives-cache-dir", "archives-cache-mb",
    ]

    /// A section in two: what is about archives, misspelt or not, and what its kind reads.
    static func parted(_ section: SettingValue) -> (archives: [SettingMember], rest: SettingValue) {
        guard case .section(let members) = section.content else { return ([], section) }
        let keys = self.variables.map(\.key) + self.common
        let archives = members.filter { Spelling.nearest($0.key, keys) != nil }
        let rest = members.filter { member in !archives.contains { $0.key == member.key } }
        return (archives, SettingValue(.section(rest), at: section.place))
    }

    /// What is set for all sources, each under the key that it has in a section.
    static func members(_ reader: inout SettingsReader) -> [SettingMember] {
        self.variables.compactMap { key, name, isList in
            let content: SettingValue.Content? =
                isList
                ? reader.list(name).map { list in .list(list.map { SettingValue(.text($0), at: name) }) }
                : reader.text(name).map { .text($0) }
            return content.map { SettingMember(key: key, value: SettingValue($0, at: name)) }
        }
    }
}
