/// The kinds of request that are counted, and that faults can be aimed at.
package enum SandboxRoute: String, Sendable, CaseIterable {
    case pluginsListing = "plugins-svn-listing"
    case pluginsOptions = "plugins-svn-options"
    case pluginsHead = "plugins-svn-head"
    case pluginsPropfind = "plugins-svn-propfind"
    case pluginsReport = "plugins-svn-report"
    case pluginsFile = "plugins-svn-file"
    case themesListing = "themes-svn-listing"
    case themesOptions = "themes-svn-options"
    case themesHead = "themes-svn-head"
    case themesPropfind = "themes-svn-propfind"
    case themesReport = "themes-svn-report"
    case themesFile = "themes-svn-file"
    case pluginsSingle = "plugins-api-single"
    case pluginsBatch = "plugins-api-batch"
    case pluginsQuery = "plugins-api-query"
    case themesSingle = "themes-api-single"
    case themesBatch = "themes-api-batch"
    case themesQuery = "themes-api-query"
    case pluginArchive = "plugins-zip"
    case themeArchive = "themes-zip"
    case coreStable = "core-api-stable"
    case coreVersion = "core-api-version"
    case coreArchive = "core-zip"
    case coreChecksum = "core-sha1"
    case composerRoot = "composer-root"
    case composerDocument = "composer-document"
    case composerDevDocument = "composer-dev-document"
    case composerFeed = "composer-feed"
    case composerList = "composer-list"
    /// A document of version 1.
    case composerProvider = "composer-provider"
    /// A file that names documents of version 1.
    case composerListing = "composer-listing"
    case composerInclude = "composer-include"
    case composerAdvisories = "composer-advisories"
    case composerArchive = "composer-zip"
    case composerOther = "composer-other"
    /// GitHub's API, which leads to codeload.
    case gitHubAPI = "github-api"
    case gitHubArchive = "github-codeload"
    /// Wordfence Intelligence: all records in one object.
    case wordfenceFeed = "wordfence-feed"
    case s3Put = "s3-put"
    case s3Get = "s3-get"
    case s3Head = "s3-head"
    case s3Delete = "s3-delete"
    case s3List = "s3-list"
    case s3MultiDelete = "s3-multi-delete"
    case s3HeadBucket = "s3-head-bucket"
    case s3Other = "s3-other"
    case website = "website"
    case other = "other"

    /// Whether the route belongs to the imitation of upstreams, not to the store.
    package var isUpstream: Bool {
        ["plugins-", "themes-", "core-", "composer-", "github-", "wordfence-"].contains { self.rawValue.hasPrefix($0) }
    }

    /// Whether it is one of a Composer repository's.
    package var isComposer: Bool { self.rawValue.hasPrefix("composer-") }

    /// Whether it is answered with a zip file.
    var isArchive: Bool {
        [.pluginArchive, .themeArchive, .coreArchive, .composerArchive, .gitHubArchive].contains(self)
    }
}
