import Pipeline
import Upstream

/// Variables of the environment that look like settings, and are none.
struct UnknownVariables {
    private static let prefix = "PACKLINE_"
    /// What follows in compose.yaml's own, which a shell may have read from its `.env` too.
    private static let compose: Set<String> = ["IMAGE", "PORT", "TAG"]

    /// Each with the setting that was probably meant.
    let names: [(name: String, meant: String?)]

    /// - Parameter known: The names of all settings.
    init(in environment: [String: String], known: Set<String>) {
        let known = known.filter { $0.hasPrefix(Self.prefix) }
        let spellings = known.sorted()
        let isSet = environment.filter { !$0.value.trimmed.isEmpty }
        self.names = isSet.sorted { $0.key < $1.key }.compactMap { name, value in
            if Self.isKnown(name, known) || Self.isOfKubernetes(name, value) { return nil }
            let meant = Self.meant(by: name, spellings)
            return name.hasPrefix(Self.prefix) || meant != nil ? (name, meant) : nil
        }
    }

    private static func isKnown(_ name: String, _ known: Set<String>) -> Bool {
        guard name.hasPrefix(self.prefix) else { return false }
        let plain = name.hasSuffix("_FILE") ? String(name.dropLast("_FILE".count)) : name
        // PACKLINE_CONFIG has no such form; settings say so themselves.
        if known.contains(name) || known.contains(plain)
            || self.compose.contains(String(plain.dropFirst(self.prefix.count)))
        {
            return true
        }
        return CopySource.reads(name) || name.hasPrefix("PACKLINE_TEST_")
    }

    /// Whether Kubernetes sets it for a Service whose name begins with `packline`
    /// (https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables).
    private static func isOfKubernetes(_ name: String, _ value: String) -> Bool {
        if name.wholeMatch(of: /PACKLINE_([A-Z0-9_]+_)?PORT/) != nil { return value.contains("://") }
        return name.wholeMatch(of: /PACKLINE_([A-Z0-9_]+_)?(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?)/) != nil
            || name.wholeMatch(of: /PACKLINE_([A-Z0-9_]+_)?PORT_[0-9]+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?/) != nil
    }

    /// The setting that a name differs from the least; of names that do not begin as settings do, only where all but a
    /// letter or two of that is right.
    private static func meant(by name: String, _ known: [String]) -> String? {
        let upper = name.uppercased()
        if name != upper, known.contains(upper) { return upper }
        guard let first = name.split(separator: "_").first, name.contains("_") else { return nil }
        let isOurs = Spelling.nearest(first.uppercased(), ["PACKLINE"]) != nil
        guard isOurs else { return nil }
        let isFile = upper.hasSuffix("_FILE")
        // By what follows: the prefix, which is right, would make any two names alike.
        let rest = String(upper.drop { $0 != "_" }.dropFirst())
        let plain = isFile ? String(rest.dropLast("_FILE".count)) : rest
        let names = known.map { String($0.dropFirst(self.prefix.count)) }
        return Spelling.nearest(plain, names).map { self.prefix + $0 + (isFile ? "_FILE" : "") }
    }
}
