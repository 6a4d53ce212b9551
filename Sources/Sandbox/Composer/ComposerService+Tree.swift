import Synchronization

extension ComposerService {
    /// Brings the tree up to the world's state and reads from it.
    func withTree<R>(_ body: (ComposerTree) -> R) -> R where R: Sendable {
        // The world is locked first, and briefly: no one else holds the tree meanwhile, as all requests of a mount with
        // a tree come here.
        let (packages, version, now) = self.world.withState { state -> ([ComposerPackage]?, Int, Int64) in
            state.endLags()
            let isCurrent = self.mount.tree.withLock { $0.version == state.version }
            let packages = isCurrent ? nil : (0..<state.count).compactMap { state.package($0) }
            return (packages, state.version, state.now)
        }
        return self.mount.tree.withLock { tree in
            if let packages {
                tree.refresh(
                    packages,
                    version: version,
                    expires: now + self.mount.keepsOldFilesSeconds * 10_000,
                    now: now
                ) { self.mapped($0, self.treeStyle) }
            }
            return body(tree)
        }
    }

    /// What is read from a tree always has both.
    private var treeStyle: ComposerWriter.Style { .init(hasUniqueNumbers: true) }

    var hasTree: Bool { self.mount.shape == .providers || self.mount.shape == .gitlab }

    /// A document of version 1: by its hash, or by its name only where that is the way to ask.
    func provider(_ exchange: Exchange, _ address: ComposerAddress) -> Reply {
        guard let name = address.name else { return Self.notFound }
        if self.mount.shape == .lazy, address.hash == nil {
            guard let package = self.world.withState({ $0.package(asked: name) }) else { return Self.notFound }
            let time = max(package.state.mainTime, package.state.devTime)
            return self.dated(exchange, units: time) { self.mapped(package, self.style) }
        }
        guard self.hasTree, let hash = address.hash,
            let document = self.withTree({ $0.documents["\(name)$\(hash)"] })
        else { return Self.notFound }
        let state = document.package.state
        return self.dated(exchange, units: max(state.mainTime, state.devTime)) {
            self.mapped(document.package, self.treeStyle)
        }
    }

    /// A listing.
    func treeFile(_ exchange: Exchange, _ path: String) -> Reply {
        guard self.hasTree, let file = self.withTree({ $0.files[path] }) else { return Self.notFound }
        return self.dated(exchange, units: file.modified) { file.bytes }
    }

    /// The one file of an `includes` repository, and its hash: real, or invented anew with each change.
    func included() -> (hash: String, bytes: [UInt8]) {
        let (packages, version) = self.livePackages()
        var json = Array("{\n    \"packages\": ".utf8)
        self.appendMaps(packages, self.style, &json)
        json.append("\n}\n" as StaticString)
        let invented = Array("invented \(version)".utf8)
        let digits = ComposerArchive.checksum(self.mount.shape == .inventedIncludes ? invented : json)
        return (String(decoding: digits, as: UTF8.self), json)
    }

    func include(_ exchange: Exchange, _ address: ComposerAddress) -> Reply {
        guard self.mount.shape == .includes || self.mount.shape == .inventedIncludes else { return Self.notFound }
        let (hash, bytes) = self.included()
        guard address.path == "include/all$\(hash).json" else { return Self.notFound }
        return self.dated(exchange, units: self.world.withState { $0.rootTime }) { bytes }
    }

    func livePackages() -> (packages: [ComposerPackage], version: Int) {
        self.world.withState { state in
            state.endLags()
            return ((0..<state.count).compactMap { state.package($0) }, state.version)
        }
    }

    /// All packages, each with its versions in a map; none at all are a list in PHP.
    func appendMaps(_ packages: [ComposerPackage], _ style: ComposerWriter.Style, _ json: inout [UInt8]) {
        json.append((packages.isEmpty ? "[" : "{") as StaticString)
        for (index, package) in packages.enumerated() {
            json.append((index == 0 ? "\"" : ",\"") as StaticString)
            json.append(package.name)
            json.append("\":" as StaticString)
            self.appendMap(of: package, style, &json)
        }
        json.append((packages.isEmpty ? "]" : "}") as StaticString)
    }
}
