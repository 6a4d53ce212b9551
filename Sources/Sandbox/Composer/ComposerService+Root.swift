import HTTPTypes

extension ComposerService {
    func root(_ exchange: Exchange) -> Reply {
        let base = "/\(self.mount.name)"
        let text: String
        switch self.mount.shape {
        case .packagist:
            text = self.packagistRoot
        case .satis:
            let names = self.world.withState { $0.listedNames() }.map { "\"\($0)\"" }.joined(separator: ",")
            text = #"{"packages":[],"metadata-url":"\#(base)/p2/%package%.json","available-packages":[\#(names)]}"#
        case .lazy:
            text = #"{"packages":[],"providers-lazy-url":"\#(base)/p/%package%.json"}"#
        case .providers:
            text = "{\"packages\":[],\(self.treeMembers)}"
        case .gitlab:
            let isComposer2 = exchange.headers[.userAgent]?.hasPrefix("Composer/2") ?? false
            let tree = isComposer2 ? "" : ",\(self.treeMembers)"
            text = #"{"packages":[],"metadata-url":"\#(base)/p2/%package%.json"\#(tree)}"#
        case .includes, .inventedIncludes:
            let hash = self.included().hash
            text = #"{"packages":[],"includes":{"include/all$\#(hash).json":{"sha1":"\#(hash)"}}}"#
        case .inlineLists, .inlineMaps:
            return self.datedRoot(exchange, self.inlineRoot())
        case .captures:
            return Self.notFound
        }
        return self.datedRoot(exchange, Array(text.utf8))
    }

    /// Packagist's never changes; the others are as new as the world is.
    ///
    /// Where servers disagree, none has a time that says anything.
    private func datedRoot(_ exchange: Exchange, _ bytes: [UInt8]) -> Reply {
        let (rootTime, start, disagrees) = self.world.withState {
            ($0.rootTime, $0.catalogue.startSeconds * 10_000, $0.listingLacksPercent > 0)
        }
        if self.mount.shape == .satis, disagrees { return Reply(contentType: Self.json, bytes) }
        return self.dated(exchange, units: self.mount.shape == .packagist ? start : rootTime) { bytes }
    }

    /// As Packagist writes it, with addresses of the sandbox.
    private var packagistRoot: String {
        """
        {"packages":[],"notify-batch":"\(self.url)/downloads/","providers-url":"/\(self.mount.name)/p/%package%$%hash%.json",\
        "metadata-url":"\(self.url)/p2/%package%.json","metadata-changes-url":"\(self.url)/metadata/changes.json",\
        "search":"\(self.url)/search.json?q=%query%&type=%type%","list":"\(self.url)/packages/list.json",\
        "security-advisories":{"metadata":true,"api-url":"\(self.url)/api/security-advisories/"},\
        "providers-api":"\(self.url)/providers/%package%.json","warning":"Support for Composer 1 has been shutdown.",\
        "warning-versions":"<1.999","providers":[],\
        "filter":{"metadata":true,"lists":{"malware":{"enabled":true}},"summary-url":"\(self.url)/lists/all/summary.json"}}
        """
    }

    private var treeMembers: String {
        let listings = self.withTree { $0.listings }
        let entries = (0..<(ComposerTree.groups - 1)).map { ComposerTree.entry($0, listings) }.joined(separator: ",")
        return #""providers-url":"/\#(self.mount.name)/p/%package%$%hash%.json","provider-includes":{\#(entries)}"#
    }

    private func inlineRoot() -> [UInt8] {
        let packages = self.livePackages().packages
        var json = Array("{\"packages\":".utf8)
        if self.mount.shape == .inlineMaps || packages.isEmpty {
            self.appendMaps(packages, self.style, &json)
        } else {
            for (index, package) in packages.enumerated() {
                json.append((index == 0 ? "{\"" : ",\"") as StaticString)
                json.append(package.name)
                json.append("\":" as StaticString)
                self.appendList(package.branches + package.versions, of: package, self.style, &json)
            }
            json.append("}" as StaticString)
        }
        json.append("}" as StaticString)
        return json
    }
}
