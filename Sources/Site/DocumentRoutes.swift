import Composer
import HTTPTypes
package import Hummingbird
package import Store

/// The documents of the repository, straight from the database.
package struct DocumentRoutes: Sendable {
    private let store: Store

    package init(store: Store) { self.store = store }

    /// `/packages.json`, `/p2/VENDOR/NAME.json` and its `~dev`, advisories alone, the summary of lists, and the v1 tree, for
    /// GET and HEAD.
    package func add(to router: Router<some RequestContext>) {
        router.get("packages.json") { request, _ in try await self.respond(to: request, path: "packages.json") }
        router.get("filter/summary.json") { request, _ in try await self.respond(to: request, path: FilterSummary.path)
        }
        router.get("p2/:vendor/:file") { request, context in
            let vendor = try context.parameters.require("vendor")
            let file = try context.parameters.require("file")
            return try await self.respond(to: request, path: "p2/\(vendor)/\(file)")
        }
        router.get("advisories/packages.json") { request, _ in
            try await self.respond(to: request, path: AdvisoryDocument.rootPath)
        }
        router.get("advisories/p2/:vendor/:file") { request, context in
            let vendor = try context.parameters.require("vendor")
            let file = try context.parameters.require("file")
            return try await self.respond(to: request, path: "\(AdvisoryDocument.folder)p2/\(vendor)/\(file)")
        }
        router.get("v1/packages.json") { request, _ in
            try await self.respond(to: request, path: TreeFile.rootKey)
        }
        // One place of a path has one name in all routes.
        router.get("v1/p/:vendor") { request, context in
            try await self.respond(to: request, path: "v1/p/\(try context.parameters.require("vendor"))")
        }
        router.get("v1/p/:vendor/:file") { request, context in
            let vendor = try context.parameters.require("vendor")
            let file = try context.parameters.require("file")
            return try await self.respond(to: request, path: "v1/p/\(vendor)/\(file)")
        }
    }

    private func respond(to request: Request, path: String) async throws -> Response {
        guard let key = Self.key(path), let document = try await self.store.document(at: key) else {
            return .problem(.notFound, "there is no such document here")
        }
        return try Representation(
            content: document.content,
            date: FeedDate(secondsSince1970: document.lastModifiedSeconds),
            caching: Self.caching(of: key)
        ).response(to: request)
    }

    static func caching(of key: String) -> Representation.Caching {
        key.hasPrefix(TreeFile.folder) && TreeFile(key: key) != nil ? .forEver : .minute
    }

    /// The document that a path names; nil for a path that no document could have.
    ///
    /// Names of packages are made of few characters. Nothing is decoded but the tilde, which some clients write as
    /// `%7E`, and in the v1 tree the dollar before a hash: no other spelling of a name leads to a document.
    static func key(_ path: String) -> String? {
        let isEncoded = path.utf8.contains(UInt8(ascii: "%"))
        var key = isEncoded ? path.replacing("%7E", with: "~").replacing("%7e", with: "~") : path
        if key.hasPrefix(TreeFile.folder) {
            key = key.replacing("%24", with: "$")
            guard key == TreeFile.rootKey || TreeFile(key: key) != nil else { return nil }
            return key.utf8.count <= 512 ? key : nil
        }
        let isPlain = key.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
            case UInt8(ascii: "/"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "~"): true
            default: false
            }
        }
        return isPlain && key.utf8.count <= 512 ? key : nil
    }
}
