import Upstream

extension RepositoryAuthentication {
    /// Reads `authentication`: one of `basic` (`user`, `password`), `bearer` (`token`) and `header` (`name`, `value`),
    /// where the last key of each is a secret and ends in `-file` or `-variable`.
    ///
    /// - Returns: nil where something is wrong, which is told to `outer` or `settings`.
    init?(_ value: SettingValue, _ outer: inout SettingsSection, _ settings: inout some KindSettings) {
        var section = SettingsSection(value)
        defer { outer.take(section) }
        let schemes = ["basic", "bearer", "header"].compactMap { name in section.section(name).map { (name, $0) } }
        guard schemes.count == 1, let scheme = schemes.first?.0, var fields = schemes.first?.1 else {
            // Keys that are none of these are named besides.
            if section.problems.isEmpty, section.isEmpty || schemes.count > 1 {
                section.refuse(
                    "\(section.place) takes one of: basic (with user and password-file), bearer (token-file), header (name "
                        + "and value-file)"
                )
            }
            return nil
        }
        defer { section.take(fields) }
        switch scheme {
        case "basic":
            let user = Self.text("user", &fields) { !$0.isEmpty && !$0.contains(":") }
            let password = Self.secret("password", &fields, &settings)
            guard let user, let password else { return nil }
            self = .basic(user: user, password: password)
        case "bearer":
            guard let token = Self.secret("token", &fields, &settings, isToken: true) else { return nil }
            self = .bearer(token)
        default:
            let name = Self.text("name", &fields, Self.isHeaderName)
            let value = Self.secret("value", &fields, &settings, isPrintable: true)
            guard let name, let value else { return nil }
            self = .header(name: name, value: value)
        }
    }

    private static func text(_ key: String, _ fields: inout SettingsSection, _ isValid: (String) -> Bool) -> String? {
        guard let text = fields.text(key) else {
            if fields.problems.isEmpty { fields.refuse("\(fields.place) has no \(key): set it") }
            return nil
        }
        guard isValid(text) else {
            fields.refuse("\(fields.place(of: key)) can't be sent: it is empty, or has characters that no \(key) has")
            return nil
        }
        return text
    }

    /// The secret of a file or a variable; it is never written into the configuration file, and never repeated.
    private static func secret(
        _ key: String,
        _ fields: inout SettingsSection,
        _ settings: inout some KindSettings,
        isToken: Bool = false,
        isPrintable: Bool = false
    ) -> String? {
        if fields.value(key) != nil {
            fields.refuse(
                "\(fields.place(of: key)) is a secret, which does not belong into this file: name a file that holds it with "
                    + "\(key)-file, or a variable of the environment with \(key)-variable"
            )
        }
        let file = fields.text("\(key)-file", "the path of a file")
        var variable = fields.text("\(key)-variable", "the name of a variable")
        // What stands there is never repeated: it may be the secret itself.
        if let text = variable, text.wholeMatch(of: /[A-Z][A-Z0-9]*(_[A-Z0-9]+)*/) == nil {
            fields.refuse("\(fields.place(of: "\(key)-variable")) takes the name of a variable, such as ACME_PASSWORD")
            variable = nil
        }
        let value: String?
        let place: String
        switch (file, variable) {
        case (let file?, nil):
            place = fields.place(of: "\(key)-file")
            value = settings.line(ofFile: file, place)
        case (nil, let variable?):
            place = fields.place(of: "\(key)-variable")
            value = settings.variable(variable)
            if value == nil {
                fields.refuse(
                    "\(place) names a variable that is not set, or set to nothing: set it, or the same with _FILE at its end"
                )
            }
        default:
            place = fields.place
            value = nil
            if fields.problems.isEmpty { fields.refuse("\(place) takes one of \(key)-file and \(key)-variable") }
        }
        guard let value else { return nil }
        let lowest: UInt8 = isToken ? 0x21 : 0x20
        if isToken || isPrintable, !value.utf8.allSatisfy({ (lowest...0x7E).contains($0) }) {
            fields.refuse("\(place) leads to a \(key) with a character that can't be sent; check the file or variable")
            return nil
        }
        return value
    }

    /// A name as in RFC 9110, but for those that say how a request is sent.
    private static func isHeaderName(_ text: String) -> Bool {
        text.wholeMatch(of: /[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}/) != nil
            && !["host", "connection", "content-length", "transfer-encoding", "user-agent", "accept-encoding"]
                .contains(text.lowercased())
    }
}
