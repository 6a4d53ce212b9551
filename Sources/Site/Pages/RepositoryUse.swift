import HTTPTypes
import Hummingbird

/// How a project comes to use this repository, as commands to copy.
struct RepositoryUse {
    /// Where the repository is, without a slash at the end.
    let address: String
    let asksPassword: Bool
    let asksToken: Bool

    /// - Parameter request: What says where the repository is, where no setting does.
    init(_ settings: PageSettings, _ request: Request) {
        self.address = settings.publicURL ?? Self.address(request) ?? "https://packages.example.org"
        (self.asksPassword, self.asksToken) = (settings.asksPassword, settings.asksToken)
    }

    /// Where the client has reached this; nil where what it says of that is no name of a host.
    private static func address(_ request: Request) -> String? {
        guard let host = request.head.authority, !host.isEmpty, host.utf8.count <= 255,
            host.utf8.allSatisfy({ byte in
                (97...122).contains(byte) || (65...90).contains(byte) || (48...57).contains(byte)
                    || ".-:[]_".utf8.contains(byte)
            })
        else { return nil }
        // A proxy in front takes TLS off, and says so.
        let isSecure = HTTPField.Name("X-Forwarded-Proto").flatMap { request.headers[$0] } == "https"
        return "\(isSecure ? "https" : "http")://\(host)"
    }

    private var host: String {
        String(self.address.split(separator: "/").dropFirst().first ?? "packages.example.org")
    }

    /// What is done once in a project.
    ///
    /// - Parameter plugins: Plugins of Composer that packages need to be put into place.
    func setup(plugins: [String] = []) -> HTML {
        var lines = ["composer config repositories.packline composer \(self.address)"]
        if self.address.hasPrefix("http://") { lines.append("composer config secure-http false") }
        lines += plugins.map { "composer config allow-plugins.\($0) true" }
        return Command(id: "setup", text: lines.joined(separator: "\n")).html + self.credentials
    }

    /// What Composer has to be told of a repository that is not for everybody.
    private var credentials: HTML {
        guard self.asksPassword || self.asksToken else { return .nothing }
        let (kind, value) =
            self.asksPassword
            ? ("http-basic", #"{"username": "USER", "password": "PASSWORD"}"#) : ("bearer", #""TOKEN""#)
        let text = """
            {
                "\(kind)": {
                    "\(self.host)": \(value)
                }
            }
            """
        let other: HTML? =
            self.asksPassword && self.asksToken
            ? """
             A token will do as well: <code>{"bearer": {"\(self.host)": "TOKEN"}}</code>.
            """ : nil
        return """
            <p class="measure">It is private: give Composer what you were given, in <code>auth.json</code> beside \
            <code>composer.json</code> or in Composer's home, and never in version control.\(other)</p>
            \(Command(id: "auth", text: text).html)
            """
    }

    /// Commands or a file, with a button that copies them where scripts work.
    struct Command {
        let id: String
        let text: String

        var html: HTML {
            """
            <div class="command"><code id="\(self.id)">\(self.text)</code>\
            <button type="button" data-copy="\(self.id)" aria-label="Copy \(self.id == "auth" ? "auth.json" : "the command")" hidden>\
            Copy</button></div>
            """
        }
    }
}
