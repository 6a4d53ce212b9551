extension RepositoryURL {
    /// The absolute address of what the root names.
    ///
    /// A leading slash means the host, a full address stays. A relative one Composer opens as a file on the client; it is
    /// meant as below the root's folder, and taken so.
    package func resolve(_ address: String) throws(AddressProblem) -> String {
        if address.utf8.first == UInt8(ascii: "/") { return try HTTPAddress(self.origin + address).text }
        if Self.hasScheme(address) { return try HTTPAddress(address).text }
        return try self.below(address)
    }

    /// The absolute address of a key of `includes` or `provider-includes`: whatever it is, Composer appends it to the
    /// root's folder, also where an included file names it.
    package func file(_ key: String) throws(AddressProblem) -> String {
        URLTemplate.sparingDollar(try self.below(key))
    }

    func below(_ path: String) throws(AddressProblem) -> String { try HTTPAddress(self.folder + "/" + path).text }

    private static func hasScheme(_ address: String) -> Bool {
        let scheme = address.utf8.prefix { $0 != UInt8(ascii: ":") && $0 != UInt8(ascii: "/") }
        return scheme.endIndex < address.utf8.endIndex && address.utf8[scheme.endIndex] == UInt8(ascii: ":")
    }
}
