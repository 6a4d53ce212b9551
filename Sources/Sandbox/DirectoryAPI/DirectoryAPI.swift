import HTTPTypes
import NIOCore

/// api.wordpress.org: `/plugins/info/1.2/` and `/themes/info/1.2/`.
///
/// Source of forms and status codes: the published code of both APIs and recorded answers.
struct DirectoryAPI: Sendable {
    let world: SandboxWorld
    let directory: SandboxDirectory
    let downloadsURL: String
    /// Whether requests for several themes are refused, as one revision of the published code does.
    let themesRefuseSlugs: Bool

    func reply(to exchange: Exchange, _ arguments: APIArguments) -> Reply {
        self.directory == .plugins
            ? self.plugins(exchange, arguments) : self.themes(exchange, arguments)
    }

    private static func failure(_ status: HTTPResponse.Status, _ message: String) -> Reply {
        Reply(status: status, contentType: DirectoryAPIText.json, DirectoryAPIText.error(message))
    }

    // MARK: Plugins

    private func plugins(_ exchange: Exchange, _ arguments: APIArguments) -> Reply {
        switch arguments.action {
        case "plugin_information":
            let fields = APIFields.requested(arguments, defaults: .pluginDefaults, takesList: true)
            let writer = PluginJSON(downloadsURL: self.downloadsURL, fields: fields)
            if let slugs = arguments.slugs { return self.batch(slugs, writer) }
            return self.plugin(arguments["slug"] ?? "", writer)
        case "query_plugins":
            return self.query(arguments)
        default:
            let page =
                "<p>Action not implemented. <a href=\"http://codex.wordpress.org/WordPress.org_API\">API Docs</a>.</p>"
            return Reply(contentType: "text/html; charset=utf-8", page)
        }
    }

    private func plugin(_ slug: String, _ writer: PluginJSON) -> Reply {
        guard !slug.isEmpty else { return Self.failure(.notFound, "Invalid Input") }
        var bytes: [UInt8] = []
        let isFound = self.appendPlugin(slug, self.answers([slug])[0], writer, to: &bytes)
        return Reply(status: isFound ? .ok : .notFound, contentType: DirectoryAPIText.json, bytes)
    }

    private func batch(_ slugs: [String], _ writer: PluginJSON) -> Reply {
        guard slugs.count <= 100 else {
            return Self.failure(.unprocessableContent, "A maximum of 100 plugins can be queried at once.")
        }
        let answers = self.answers(slugs)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(slugs.count * 2_048)
        bytes.append("{" as StaticString)
        for (index, slug) in slugs.enumerated() {
            if index > 0 { bytes.append("," as StaticString) }
            bytes.appendJSON(slug)
            bytes.append(":" as StaticString)
            _ = self.appendPlugin(slug, answers[index], writer, to: &bytes)
        }
        bytes.append("}" as StaticString)
        return Reply(contentType: DirectoryAPIText.json, bytes)
    }

    /// - Returns: Whether there is an open plugin of this name.
    private func appendPlugin(
        _ slug: String,
        _ plugin: SandboxPackage?,
        _ writer: PluginJSON,
        to bytes: inout [UInt8]
    ) -> Bool {
        guard DirectoryAPIText.isAskable(slug) else {
            bytes += DirectoryAPIText.error("Invalid plugin slug.")
            return false
        }
        guard let plugin else {
            bytes += DirectoryAPIText.error("Plugin not found.")
            return false
        }
        if let closure = plugin.closure {
            PluginJSON.appendClosed(plugin, closure, to: &bytes)
            return false
        }
        writer.append(plugin, to: &bytes)
        return true
    }

    // MARK: Themes

    private func themes(_ exchange: Exchange, _ arguments: APIArguments) -> Reply {
        guard exchange.method != "POST" else {
            var refused = Reply(
                status: .methodNotAllowed,
                contentType: "text/plain",
                "This API only serves GET requests."
            )
            refused.headers[.allow] = "GET, HEAD, OPTIONS"
            return refused
        }
        switch arguments.action {
        case "theme_information":
            let fields = APIFields.requested(arguments, defaults: .themeDefaults, takesList: false)
            let writer = ThemeJSON(downloadsURL: self.downloadsURL, fields: fields)
            if let slugs = arguments.slugs { return self.themes(slugs, writer) }
            return self.theme(arguments["slug"] ?? "", writer)
        case "query_themes":
            return self.query(arguments)
        default:
            return Self.failure(
                .notFound,
                "Action not implemented. <a href=\"https://codex.wordpress.org/WordPress.org_API\">API Docs</a>"
            )
        }
    }

    private func theme(_ slug: String, _ writer: ThemeJSON) -> Reply {
        guard !slug.isEmpty else { return Self.failure(.notFound, "Slug not provided") }
        guard DirectoryAPIText.isAskable(slug) else { return Self.failure(.notFound, "Invalid slug provided") }
        guard let theme = self.answers([slug])[0] else { return Self.failure(.notFound, "Theme not found") }
        var bytes: [UInt8] = []
        writer.append(theme, to: &bytes)
        return Reply(contentType: DirectoryAPIText.json, bytes)
    }

    /// One slug that cannot be asked for spoils the whole request.
    private func themes(_ slugs: [String], _ writer: ThemeJSON) -> Reply {
        if self.themesRefuseSlugs { return Self.failure(.notFound, "Slugs not provided") }
        guard slugs.allSatisfy(DirectoryAPIText.isAskable) else {
            return Self.failure(.notFound, "Invalid slugs provided")
        }
        guard slugs.count <= 100 else { return Self.failure(.ok, "A maximum of 100 themes can be queried at once.") }
        let answers = self.answers(slugs)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(slugs.count * 2_048)
        bytes.append("{" as StaticString)
        for (index, slug) in slugs.enumerated() {
            if index > 0 { bytes.append("," as StaticString) }
            bytes.appendJSON(slug)
            bytes.append(":" as StaticString)
            if let theme = answers[index] {
                writer.append(theme, to: &bytes)
            } else {
                bytes += DirectoryAPIText.error("Theme not found")
            }
        }
        bytes.append("}" as StaticString)
        return Reply(contentType: DirectoryAPIText.json, bytes)
    }

    // MARK: Both

    private func answers(_ slugs: [String]) -> [SandboxPackage?] {
        self.world.withState { state in
            slugs.map { state[self.directory].answer(slug: $0) }
        }
    }

    /// Pages of open packages, the ones updated last first.
    ///
    /// Closed ones are left out.
    private func query(_ arguments: APIArguments) -> Reply {
        let isPlugins = self.directory == .plugins
        let perPage = arguments.number("per_page", default: 24, in: 1...(isPlugins ? 250 : 999))
        let page = arguments.number("page", default: 1, in: 1...1_000_000)
        let (total, packages): (Int, [SandboxPackage]) = self.world.withState { state in
            let open = state[self.directory].packages.values.filter { $0.isListed && $0.closure == nil }
            let sorted = open.sorted { one, other in
                one.lastUpdatedSeconds == other.lastUpdatedSeconds
                    ? one.slug < other.slug : one.lastUpdatedSeconds > other.lastUpdatedSeconds
            }
            return (sorted.count, Array(sorted.dropFirst((page - 1) * perPage).prefix(perPage)))
        }
        var bytes: [UInt8] = []
        bytes.append("{\"info\":{" as StaticString)
        bytes.appendMember("page", number: page)
        bytes.append("," as StaticString)
        bytes.appendMember("pages", number: (total + perPage - 1) / perPage)
        bytes.append("," as StaticString)
        bytes.appendMember("results", number: total)
        bytes.append(isPlugins ? "},\"plugins\":[" : "},\"themes\":[" as StaticString)
        let defaults = isPlugins ? APIFields.queryPluginsDefaults : .queryThemesDefaults
        let fields = APIFields.requested(arguments, defaults: defaults, takesList: isPlugins)
        let pluginWriter = PluginJSON(downloadsURL: self.downloadsURL, fields: fields)
        let themeWriter = ThemeJSON(downloadsURL: self.downloadsURL, fields: fields)
        for (index, package) in packages.enumerated() {
            if index > 0 { bytes.append("," as StaticString) }
            if isPlugins { pluginWriter.append(package, to: &bytes) } else { themeWriter.append(package, to: &bytes) }
        }
        bytes.append("]}" as StaticString)
        return Reply(contentType: DirectoryAPIText.json, bytes)
    }
}
