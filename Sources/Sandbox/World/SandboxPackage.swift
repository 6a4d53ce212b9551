/// A directory in Subversion, and what the API says of it.
package struct SandboxPackage: Equatable, Sendable {
    package var slug: String
    /// HTML-escaped, as upstream sends it.
    package var title: String
    /// The version in the plugin's or theme's header.
    package var version: String
    /// The tag that is live: `trunk` or the name of a tag; of a theme always the live version.
    package var stableTag: String
    /// In the order in which the API lists them.
    package var tags: [SandboxTag] = []
    /// Whether there is a folder for them.
    var hasTagsFolder = true
    /// The last revision that changed `trunk`; 0 for themes, which have none.
    package var trunkRevision = 0
    /// The revision in which the directory was born.
    package var bornRevision = 0
    package var addedSeconds: Int64
    /// Moves with a new version and with a commit to the live tag, not with other tags.
    package var lastUpdatedSeconds: Int64
    package var author: String
    package var requires: String?
    package var tested: String?
    package var requiresPHP: String?
    package var requiresPlugins: [String] = []
    package var activeInstalls = 0
    /// A plugin's short description, a theme's description; HTML-escaped.
    package var summary: String
    package var homepage = ""
    /// The slug of the theme that this theme builds on.
    package var parentTheme: String?
    package var closure: SandboxClosure?
    /// Whether the API knows it: many directories in Subversion never became a plugin.
    package var isListed = true

    package init(slug: String, title: String? = nil, version: String = "1.0", addedSeconds: Int64 = 0) {
        self.slug = slug
        self.title = title ?? PackageText.title(slug: slug)
        self.version = version
        self.stableTag = version
        self.addedSeconds = addedSeconds
        self.lastUpdatedSeconds = addedSeconds
        self.author = PackageText.author(slug: slug)
        self.summary = PackageText.summary(title: self.title)
    }

    package func tag(named name: String) -> SandboxTag? {
        self.tags.first { $0.name == name }
    }

    func tagIndex(_ name: String) -> Int? {
        self.tags.firstIndex { $0.name == name }
    }

    /// Adds a tag where byte order puts it; tags that are there in another order stay as they are.
    mutating func insert(_ tag: SandboxTag) {
        let position = self.tags.lastIndex { !tag.name.utf8.lexicographicallyPrecedes($0.name.utf8) }
        self.tags.insert(tag, at: position.map { $0 + 1 } ?? 0)
    }
}
