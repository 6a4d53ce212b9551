import CPostgres
import Wire

/// What is wrong with the URL of a database, told without showing any of it: parts that are in the wrong place may be
/// parts of the password.
package enum DatabaseURL {
    /// - Returns: What is wrong and what to write instead, after the name of the setting; nil where nothing is.
    package static func problem(of url: String) -> String? {
        if url.hasPrefix("sqlite:") {
            let path = url.dropFirst("sqlite:".count)
            return path.isEmpty || path == "//" ? "has no path after sqlite:" : nil
        }
        guard let scheme = ["postgres://", "postgresql://"].first(where: url.hasPrefix) else {
            return "is neither sqlite:PATH nor postgres://USER@HOST/DATABASE"
        }
        // What else looks at the URL asks libpq.
        if let reason = postgres_load() {
            return """
                names PostgreSQL, and its library can't be loaded (\(String(cString: reason))): install it, as libpq5 on \
                Debian and Ubuntu
                """
        }
        return Self.postgresProblem(Array(url.utf8.dropFirst(scheme.utf8.count))) ?? Self.parserProblem(url)
    }

    private static let at = UInt8(ascii: "@")
    private static let slash = UInt8(ascii: "/")

    /// Reads it as libpq does: what is before the first `@` is user and password, if no `/` comes before that.
    private static func postgresProblem(_ url: [UInt8]) -> String? {
        if url.contains(where: { $0 <= 0x20 || $0 == 0x7F }) { return "has a space or control character in it" }
        let ats = url.indices.filter { url[$0] == Self.at }
        let firstSlash = url.firstIndex(of: Self.slash) ?? url.endIndex
        var rest = url[...]
        if let first = ats.first {
            guard first < firstSlash else {
                return "has an '@' after the first '/': in user and password write '/' as %2F, elsewhere '@' as %40"
            }
            guard ats.count == 1 else {
                return "has more than one '@': in user and password write '@' as %40"
            }
            let parts = url[..<first].split(
                separator: UInt8(ascii: ":"),
                maxSplits: 1,
                omittingEmptySubsequences: false
            )
            for (part, name) in zip(parts, ["user", "password"]) where !Self.isEncoded(part) {
                return "has a '%' in the \(name) that begins no escape such as %40: write '%' as %25"
            }
            rest = url[(first + 1)...]
        }
        let hosts = rest.prefix { $0 != Self.slash && $0 != UInt8(ascii: "?") }
        if let problem = Self.hostsProblem(hosts) { return problem }
        let afterHosts = rest[hosts.endIndex...]
        let database = afterHosts.prefix { $0 != UInt8(ascii: "?") }
        guard Self.isEncoded(database) else { return "has a '%' in the database's name that begins no escape" }
        return Self.parametersProblem(afterHosts[database.endIndex...].dropFirst())
    }

    private static func hostsProblem(_ hosts: ArraySlice<UInt8>) -> String? {
        for entry in hosts.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
            let isBracketed = entry.first == UInt8(ascii: "[")
            let end =
                isBracketed
                ? entry.firstIndex(of: UInt8(ascii: "]")).map { $0 + 1 } : entry.firstIndex(of: UInt8(ascii: ":"))
            let host = entry[..<(end ?? entry.endIndex)]
            let port = entry[host.endIndex...]
            // Names, numbers, and the folder of a socket as %2Fvar%2Frun.
            let isHost =
                isBracketed
                ? end != nil
                    && host.dropFirst().dropLast().allSatisfy { $0.hexadecimalValue != nil || ".:%".utf8.contains($0) }
                : host.allSatisfy { $0 > 0x7F || Self.isWordByte($0) || ".-%".utf8.contains($0) }
            guard isHost, isBracketed || Self.isEncoded(host) else {
                return
                    "has a character in the host that no host has: in user and password write it as an escape such as "
                    + "%2F or %3A"
            }
            if port.isEmpty || port.elementsEqual(":".utf8) { continue }
            let digits = port.dropFirst()
            guard port.first == UInt8(ascii: ":"), (1...5).contains(digits.count),
                digits.allSatisfy({ (0x30...0x39).contains($0) }),
                let number = Int(String(decoding: digits, as: UTF8.self)), (1...65_535).contains(number)
            else {
                return
                    "has no number from 1 to 65535 as its port; where that is a part of the password, write '/' as %2F "
                    + "and '@' as %40"
            }
        }
        return nil
    }

    private static func parametersProblem(_ parameters: ArraySlice<UInt8>) -> String? {
        guard !parameters.isEmpty else { return nil }
        let known = Self.knownParameters
        for parameter in parameters.split(separator: UInt8(ascii: "&"), omittingEmptySubsequences: false) {
            let parts = parameter.split(separator: UInt8(ascii: "="), omittingEmptySubsequences: false)
            guard parts.count == 2, parts.allSatisfy(Self.isEncoded) else {
                return "has something after the '?' that is not NAME=VALUE, in escapes such as %26 where needed"
            }
            let name = String(decoding: parts[0], as: UTF8.self)
            guard known.contains(name) else {
                let isWord = name.utf8.count <= 40 && name.utf8.allSatisfy(Self.isWordByte)
                return "has an unknown parameter\(isWord ? " '\(name)'" : "") after the '?'"
            }
            if name == "sslmode", !Self.sslModes.contains(String(decoding: parts[1], as: UTF8.self)) {
                return "has an unknown sslmode; it takes one of: \(Self.sslModes.joined(separator: ", "))"
            }
        }
        return nil
    }

    private static let sslModes = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"]

    /// What this build's libpq takes, and JDBC's way to write one of them.
    private static let knownParameters: Set<String> = {
        var names: Set<String> = ["ssl"]
        guard let options = PQconndefaults() else { return names }
        defer { PQconninfoFree(options) }
        var index = 0
        while let keyword = options[index].keyword {
            names.insert(String(cString: keyword))
            index += 1
        }
        return names
    }()

    /// Whether libpq can read it; its own message shows what it can't.
    private static func parserProblem(_ url: String) -> String? {
        var message: UnsafeMutablePointer<CChar>?
        let options = PQconninfoParse(url, &message)
        defer {
            PQconninfoFree(options)
            PQfreemem(message)
        }
        return options == nil ? "can't be read as postgres://USER:PASSWORD@HOST:PORT/DATABASE?NAME=VALUE" : nil
    }

    private static func isWordByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"): true
        default: false
        }
    }

    /// Whether each `%` begins an escape, of anything but a zero byte.
    private static func isEncoded(_ bytes: ArraySlice<UInt8>) -> Bool {
        bytes.indices.allSatisfy { index in
            guard bytes[index] == UInt8(ascii: "%") else { return true }
            guard index + 2 < bytes.endIndex else { return false }
            let digits = String(decoding: bytes[(index + 1)...(index + 2)], as: UTF8.self)
            return digits.utf8.allSatisfy { $0.hexadecimalValue != nil } && digits != "00"
        }
    }
}
