import Composer
import Foundation
import Store
import Testing

/// A client of the v1 tree: it holds every root that it has seen, and follows each to its end.
struct TreeClient {
    /// Roots that were seen, and the minute of the test when each was seen last.
    private var seen: [[UInt8]: Int] = [:]
    private(set) var minute = 0

    /// Ten minutes, as P19 says.
    private static let held = 10

    /// What is in the bucket is seen, and all roots of the last ten minutes resolve.
    mutating func look(_ bucket: [String: [UInt8]], _ moment: String) {
        if let root = bucket[TreeFile.rootKey] { self.seen[root] = self.minute }
        for (root, minute) in self.seen where self.minute - minute <= Self.held {
            #expect(throws: Never.self, "\(moment): a root seen \(self.minute - minute) minutes ago") {
                _ = try Self.versions(of: root, in: bucket)
            }
        }
    }

    /// Lets time pass for the database's leftovers as for the client.
    mutating func wait(minutes: Int, _ store: Store) async throws {
        self.minute += minutes
        _ = try await store.engine.write { session in
            try session.execute(
                "UPDATE tree_leftovers SET unreachable_since_ms = unreachable_since_ms - \(Int64(minutes) * 60_000)"
            )
        }
    }

    struct Unresolved: Error, CustomStringConvertible {
        var description: String
    }

    /// The versions of each package, with a true SHA-256 at each step.
    ///
    /// - Throws: ``Unresolved`` where something is not there, or not what its hash says.
    static func versions(of root: [UInt8], in bucket: [String: [UInt8]]) throws -> [String: [String: [String: Any]]] {
        var versions: [String: [String: [String: Any]]] = [:]
        let root = try self.object(root)
        #expect(root["metadata-url"] == nil && (root["packages"] as? [Any])?.isEmpty == true)
        let template = try #require(root["providers-url"] as? String)
        #expect(template.hasSuffix("/v1/p/%package%$%hash%.json"))
        for (path, hash) in try self.hashes(root["provider-includes"]) {
            let key = "v1/" + path.replacing("%hash%", with: hash)
            for (name, hash) in try self.hashes(try self.fetch(key, hash, bucket)["providers"]) {
                let document = try self.fetch("v1/p/\(name)$\(hash).json", hash, bucket)
                let packages = try #require(document["packages"] as? [String: [String: [String: Any]]])
                #expect(Array(packages.keys) == [name])
                if versions[name] != nil { throw Unresolved(description: "\(name) is in two listings") }
                versions[name] = packages[name]
            }
        }
        return versions
    }

    private static func fetch(_ key: String, _ hash: String, _ bucket: [String: [UInt8]]) throws -> [String: Any] {
        guard let bytes = bucket[key] else { throw Unresolved(description: "\(key) is not there") }
        guard ContentHash(of: bytes).hexadecimal == hash else { throw Unresolved(description: "\(key) is another") }
        return try self.object(bytes)
    }

    private static func hashes(_ value: Any?) throws -> [String: String] {
        let entries = try #require(value as? [String: [String: String]])
        return try entries.mapValues { try #require($0["sha256"]) }
    }

    private static func object(_ bytes: [UInt8]) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
    }
}

extension Pipeline {
    /// What a client of the tree gets now; nil without a tree.
    func tree() throws -> [String: [String: [String: Any]]]? {
        let bucket = self.bucket()
        return try bucket[TreeFile.rootKey].map { try TreeClient.versions(of: $0, in: bucket) }
    }

    /// Files of the tree that are named by their hashes.
    var treeFiles: Set<String> { Set(self.bucket().keys.filter { TreeFile(key: $0) != nil }) }

    /// The tree says of each package what its documents below `p2/` do, and has nothing else.
    func expectTreeIsWhole(_ moment: String = "") throws {
        let tree = try #require(try self.tree())
        let names = Set(self.bucket().keys.compactMap { DocumentName(path: $0)?.package })
        #expect(Set(tree.keys) == names, "\(moment)")
        for name in names {
            let versions = Set(try (self.versions(name) ?? []) + (self.versions(name, isDev: true) ?? []))
            #expect(Set((tree[name] ?? [:]).keys).isSuperset(of: versions), "\(moment): \(name)")
        }
    }
}
