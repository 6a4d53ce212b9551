import Upstream

extension DirectorySource {
    /// Files of PHP directly in the folder of a plugin; the stylesheet of a theme.
    package var isVersionFile: (@Sendable (_ name: String) -> Bool)? {
        let isTheme = self.type == .theme
        return { name in
            let parts = name.split(separator: "/", omittingEmptySubsequences: false)
            guard parts.count == 2 else { return false }
            return isTheme ? parts[1] == "style.css" : parts[1].lowercased().hasSuffix(".php")
        }
    }

    /// The version of the file that WordPress takes for the plugin's own: one that names the plugin.
    ///
    /// Of several the one that is called as the folder, else the first by name.
    package func headerVersion(in files: [(name: String, bytes: [UInt8])], of key: String) -> String? {
        let title = self.type == .theme ? "theme name" : "plugin name"
        let main = files.filter { FileHeaders($0.bytes).value(of: title) != nil }.min { a, b in
            let (aIsNamed, bIsNamed) = (self.isNamed(a.name, key), self.isNamed(b.name, key))
            if aIsNamed != bIsNamed { return aIsNamed }
            return a.name.utf8.lexicographicallyPrecedes(b.name.utf8)
        }
        return main.flatMap { FileHeaders($0.bytes).value(of: "version") }
            .map { UpstreamError.singleLine($0, limit: 100) }
    }

    private func isNamed(_ name: String, _ key: String) -> Bool { name.hasSuffix("/\(key).php") }
}
