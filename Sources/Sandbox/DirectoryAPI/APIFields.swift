/// Which members of an answer a client wants.
struct APIFields: OptionSet, Sendable {
    let rawValue: Int

    static let sections = APIFields(rawValue: 1 << 0)
    static let versions = APIFields(rawValue: 1 << 1)
    static let shortDescription = APIFields(rawValue: 1 << 2)
    static let description = APIFields(rawValue: 1 << 3)
    static let stableTag = APIFields(rawValue: 1 << 4)
    static let contributors = APIFields(rawValue: 1 << 5)
    static let requirements = APIFields(rawValue: 1 << 6)
    static let tested = APIFields(rawValue: 1 << 7)
    static let ratings = APIFields(rawValue: 1 << 8)
    static let activeInstalls = APIFields(rawValue: 1 << 9)
    static let lastUpdated = APIFields(rawValue: 1 << 10)
    static let added = APIFields(rawValue: 1 << 11)
    static let homepage = APIFields(rawValue: 1 << 12)
    static let downloadLink = APIFields(rawValue: 1 << 13)
    static let tags = APIFields(rawValue: 1 << 14)
    static let icons = APIFields(rawValue: 1 << 15)
    static let banners = APIFields(rawValue: 1 << 16)
    static let screenshots = APIFields(rawValue: 1 << 17)
    static let donateLink = APIFields(rawValue: 1 << 18)
    static let downloaded = APIFields(rawValue: 1 << 19)
    static let extendedAuthor = APIFields(rawValue: 1 << 20)
    static let parent = APIFields(rawValue: 1 << 21)
    static let requiresPHP = APIFields(rawValue: 1 << 22)
    static let languagePacks = APIFields(rawValue: 1 << 23)

    private static let names: [String: APIFields] = [
        "sections": .sections, "versions": .versions, "short_description": .shortDescription,
        "description": .description, "stable_tag": .stableTag, "contributors": .contributors,
        "requires": .requirements, "requires_php": .requiresPHP, "tested": .tested, "rating": .ratings,
        "ratings": .ratings, "active_installs": .activeInstalls, "last_updated": .lastUpdated, "added": .added,
        "creation_time": .added, "homepage": .homepage, "downloadlink": .downloadLink, "download_link": .downloadLink,
        "tags": .tags, "icons": .icons, "banners": .banners, "screenshots": .screenshots,
        "donate_link": .donateLink, "downloaded": .downloaded, "extended_author": .extendedAuthor,
        "parent": .parent, "template": .parent, "language_packs": .languagePacks,
    ]

    static let pluginDefaults: APIFields = [
        .sections, .versions, .contributors, .requirements, .requiresPHP, .tested, .ratings, .activeInstalls,
        .lastUpdated, .added, .homepage, .downloadLink, .tags, .banners, .screenshots, .donateLink,
    ]
    static let queryPluginsDefaults = Self.pluginDefaults
        .subtracting([.sections, .versions, .contributors, .screenshots])
        .union([.shortDescription, .description, .icons, .downloaded])
    static let themeDefaults: APIFields = [
        .sections, .ratings, .downloaded, .downloadLink, .lastUpdated, .added, .homepage, .tags, .extendedAuthor,
        .parent, .requirements, .requiresPHP,
    ]
    static let queryThemesDefaults: APIFields = [
        .description, .ratings, .homepage, .extendedAuthor, .parent, .requirements, .requiresPHP,
    ]

    /// The defaults, changed by what a request says: `fields=versions,-sections`, or `fields[versions]=1`, where any
    /// text but the empty one and `0` means yes (so does `false`).
    ///
    /// - Parameter takesList: Whether the first form counts: the code of the theme API merges such a list by number,
    ///   which has no effect.
    static func requested(_ arguments: APIArguments, defaults: APIFields, takesList: Bool) -> APIFields {
        var fields = defaults
        for name in arguments.fieldList where takesList {
            let isExcluded = name.hasPrefix("-")
            guard let field = Self.names[String(isExcluded ? name.dropFirst() : name[...])] else { continue }
            if isExcluded { fields.subtract(field) } else { fields.formUnion(field) }
        }
        for (name, value) in arguments.fieldValues {
            guard let field = Self.names[name] else { continue }
            if value.isEmpty || value == "0" { fields.subtract(field) } else { fields.formUnion(field) }
        }
        return fields
    }
}
