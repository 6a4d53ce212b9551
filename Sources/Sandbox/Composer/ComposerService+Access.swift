import HTTPTypes

extension ComposerService {
    /// The answer to who may not ask, or asks in a way that etiquette forbids; nil for everyone else.
    ///
    /// - Parameter underWay: How many requests are being handled, this one included.
    func refusal(_ exchange: Exchange, _ address: ComposerAddress, underWay: Int) -> Reply? {
        let traffic = self.mount.traffic
        if address.isElsewhere {
            if self.hasCredentials(exchange) { traffic.count(\.credentialsElsewhere) }
            return nil
        }
        if let authentication = self.mount.authentication, !Self.isAllowed(exchange, authentication) {
            traffic.count(\.unauthorized)
            var reply = Reply(status: .unauthorized, contentType: Self.json, "{\"error\":\"authentication required\"}")
            if case .basic = authentication { reply.headers[.wwwAuthenticate] = "Basic realm=\"sandbox\"" }
            return reply
        }
        guard self.mount.enforcesEtiquette else { return nil }
        if !(exchange.headers[.userAgent]?.contains("mailto") ?? false) {
            traffic.count(\.refused)
            return Reply(status: .forbidden, contentType: "text/plain", "Name a contact (mailto=) in your User-Agent.")
        }
        if underWay > Self.mostAtOnce {
            traffic.count(\.refused)
            var reply = Reply(
                status: .tooManyRequests,
                contentType: "text/plain",
                "At most 10 requests at once, please."
            )
            reply.headers[.retryAfter] = "1"
            return reply
        }
        return nil
    }

    /// Packagist's policy.
    static let mostAtOnce = 10

    private func hasCredentials(_ exchange: Exchange) -> Bool {
        if exchange.headers[.authorization] != nil { return true }
        guard case .header(let name, _) = self.mount.authentication else { return false }
        return !exchange.headerValue(name[...]).isEmpty
    }

    private static func isAllowed(_ exchange: Exchange, _ authentication: ComposerMount.Authentication) -> Bool {
        switch authentication {
        case .basic(let user, let password):
            exchange.headers[.authorization] == "Basic \(Base64.encode(Array("\(user):\(password)".utf8)))"
        case .bearer(let token):
            exchange.headers[.authorization] == "Bearer \(token)"
        case .header(let name, let value):
            exchange.headerValue(name[...]) == value
        }
    }

    /// Where documents and archives are, if not here: the same port under another name of this machine.
    func redirect(_ address: ComposerAddress) -> Reply? {
        guard self.mount.redirects,
            [.composerDocument, .composerDevDocument, .composerProvider, .composerArchive].contains(address.route)
        else { return nil }
        let path = PercentCoding.encode(
            "\(self.mount.name)/\(ComposerAddress.elsewhere)\(address.path)",
            keepsSlash: true
        )
        let location = "\(self.baseURL.replacing("://127.0.0.1", with: "://localhost"))/\(path)"
        return Reply(status: .found, headers: [.location: location])
    }
}
