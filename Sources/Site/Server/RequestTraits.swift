import NIOHTTP1

/// What the server has to know of a request before anybody answers it.
struct RequestTraits {
    /// HTTP/1.1 demands exactly one Host, HTTP/1.0 none (RFC 9112, 3.2).
    let hasGoodHost: Bool
    /// Whether SwiftNIO's parser takes this request for its last, as it does for an offer to go on in another protocol.
    let endsParser: Bool
    /// Whether the client waits to be told that its body is wanted (RFC 9110, 10.1.1).
    let awaitsContinue: Bool

    init(_ request: HTTPRequestHead) {
        var hosts = 0
        var isGoodHost = true
        var hasUpgrade = false
        var isUpgradeNamed = false
        var awaitsContinue = false
        for (name, value) in request.headers {
            // Lengths first: most fields are none of these.
            switch name.utf8.count {
            case 4 where name.lowercased() == "host":
                hosts += 1
                isGoodHost = isGoodHost && Self.isHost(value)
            case 6 where name.lowercased() == "expect": awaitsContinue = value.lowercased() == "100-continue"
            case 7 where name.lowercased() == "upgrade": hasUpgrade = hasUpgrade || !value.isEmpty
            case 10 where name.lowercased() == "connection":
                isUpgradeNamed = isUpgradeNamed || Self.namesUpgrade(value)
            default: break
            }
        }
        self.hasGoodHost = isGoodHost && (hosts == 1 || hosts == 0 && request.version != .http1_1)
        self.awaitsContinue = awaitsContinue && request.version == .http1_1
        self.endsParser = request.method == .CONNECT || hasUpgrade && isUpgradeNamed
    }

    /// Whether a target is for those who watch over the server: they need no credentials.
    static func isWatching(_ target: String) -> Bool { ["/healthz", "/readyz", "/metrics"].contains(target) }

    /// Whether a target is answered also while there is no room for other answers.
    static func needsNoRoom(_ target: String) -> Bool { target == "/status.json" || Self.isWatching(target) }

    /// A name or an address, with or without a port; an empty one is what clients send for a target without a host.
    private static func isHost(_ text: String) -> Bool {
        text.utf8.count <= 300
            && text.utf8.allSatisfy { byte in
                (0x61...0x7A).contains(byte) || (0x41...0x5A).contains(byte) || (0x30...0x39).contains(byte)
                    || "-._~!$&'()*+,;=%:[]".utf8.contains(byte)
            }
    }

    /// Whether one of the words between commas is `upgrade`, found as llhttp does.
    private static func namesUpgrade(_ connection: String) -> Bool {
        connection.split(separator: ",").contains { part in
            var word = part.drop { $0 == " " || $0 == "\t" }
            while word.last == " " { word.removeLast() }
            return word.utf8.count == 7 && word.lowercased() == "upgrade"
        }
    }
}
