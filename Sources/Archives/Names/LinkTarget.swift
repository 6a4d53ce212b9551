/// Where a symbolic link leads.
enum LinkTarget {
    /// Makes sure that a link leads to a place below the top, whatever other links there are.
    ///
    /// `..` may only stand at its beginning: there it goes up through folders, and further on it could go up from where
    /// another link leads.
    ///
    /// - Parameters:
    ///   - entry: The link's name.
    ///   - depth: How many folders the link is in.
    /// - Throws: ``ArchiveRefusal``.
    static func check(_ target: some Collection<UInt8>, of entry: some Sequence<UInt8>, depth: Int)
        throws(ArchiveRefusal)
    {
        func refused(_ detail: String) -> ArchiveRefusal { ArchiveRefusal(.unsafeName, entry: entry, detail) }
        var rest = EntryPath.components(Array(target)[...])[...]
        var left = depth
        while rest.first?.elementsEqual("..".utf8) == true {
            rest.removeFirst()
            left -= 1
        }
        guard left >= 0 else { throw refused("it is a link that leads outside") }
        // What is not to be read on as a name is not to be read on as a target.
        let path = target.first == EntryPath.slash ? Array(target) : Array(rest.joined(separator: [EntryPath.slash]))
        guard !path.isEmpty else {
            guard !target.isEmpty else { throw refused("it is a link without a target") }
            return
        }
        do {
            _ = try EntryPath(path)
        } catch {
            throw refused("it is a link whose target can't be: \(error.detail)")
        }
    }
}
