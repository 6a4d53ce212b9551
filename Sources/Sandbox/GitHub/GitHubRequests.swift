/// What the imitated GitHub was asked.
package struct GitHubRequests: Equatable, Sendable, Encodable {
    /// Requests to the API, and of them those that had a valid token.
    package var api = 0
    package var withToken = 0
    /// Those to the API that a limit refused, and that had a wrong token.
    package var limited = 0
    package var unauthorized = 0
    /// Requests to codeload, and of them those that brought an `Authorization`, which belongs to the API.
    package var codeload = 0
    package var credentialsAtCodeload = 0

    package init() {}
}
