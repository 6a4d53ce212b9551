/// A GitHub: the public one, or an Enterprise's.
package struct GitHub: Equatable, Sendable {
    /// The URL of its API, without a slash at the end: an Enterprise Server's is `https://HOST/api/v3`
    /// (https://docs.github.com/en/enterprise-server/rest/quickstart).
    package let api: String
    /// `https://HOST` of the API, as credentials have it.
    package let origin: String
    /// Where its API leads to for archives; nil where that is not asked by itself.
    ///
    /// Nobody promises that it stays there, and only the public one allows few requests to its API.
    let codeload: String?

    package static let com = Self(
        api: "https://api.github.com",
        origin: "https://api.github.com",
        codeload: "https://codeload.github.com"
    )

    private init(api: String, origin: String, codeload: String?) {
        self.api = api
        self.origin = origin
        self.codeload = codeload
    }

    /// - Throws: ``ArchiveError`` for what is no http or https URL, or has a user in it.
    package init(api: String, codeload: String? = nil) throws(ArchiveError) {
        let address = try ArchiveAddress(api, gitHubs: [])
        let direct: ArchiveAddress?
        if let codeload { direct = try ArchiveAddress(codeload, gitHubs: []) } else { direct = nil }
        self.init(api: address.place, origin: address.origin, codeload: direct?.place)
    }
}
