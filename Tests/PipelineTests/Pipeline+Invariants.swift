import Composer
import Foundation
import Store
import TestSupport
import Testing

/// What must hold at any moment, whatever has gone wrong before.
extension Pipeline {
    /// P1 and P8: what the database, the root and the feed say of the bucket is so.
    ///
    /// - Parameters:
    ///   - feedStart: The feed is read from this position.
    ///   - moment: Says when, in the message of a failure.
    func expectAnnouncedCanBeFetched(since feedStart: Int64, _ moment: String) async throws {
        let bucket = self.bucket()
        let documents = try await self.store.engine.read { session in
            try session.rows("SELECT key, content_hash, \(Store.live) FROM objects").map { row in
                (path: try row.text(0), content: try row.optionalBlob(1), deployed: try row.optionalBlob(2))
            }
        }
        for document in documents {
            if let hash = document.deployed, hash.count == 32 {
                #expect(bucket[document.path].map { ContentHash(of: $0).bytes } == hash, "\(moment): \(document.path)")
            }
        }
        // The root says that whatever has a document can be fetched; a document that was never live may not be missing.
        if bucket["packages.json"] != nil {
            for document in documents where document.deployed != nil {
                let mayBeGone = document.content == nil || document.deployed == []
                #expect(bucket[document.path] != nil || mayBeGone, "\(moment): \(document.path) is not there")
            }
        }
        if let root = bucket["packages.json"], String(decoding: root, as: UTF8.self).contains(#""filter":"#) {
            #expect(bucket["filter/summary.json"] != nil, "\(moment): the root names a summary that is not there")
        }
        // What the feed says was so when it was said, and has at most begun to change since.
        let content = Dictionary(uniqueKeysWithValues: documents.map { ($0.path, $0.content) })
        if case .actions(let actions) = try await self.store.feed(since: feedStart).answer {
            for action in actions {
                let path = "p2/\(action.name).json"
                let isThere = bucket[path] != nil
                let isWanted = content[path].flatMap(\.self) != nil
                switch action.kind {
                case .update: #expect(isThere || !isWanted, "\(moment): \(path) was announced and is not there")
                case .delete: #expect(!isThere || isWanted, "\(moment): \(path) was announced as gone and is there")
                }
            }
        }
        // No part of a document is ever live.
        for (key, bytes) in bucket where key.hasSuffix(".json") {
            #expect(throws: Never.self, "\(moment): \(key)") { try JSONSerialization.jsonObject(with: Data(bytes)) }
        }
    }
}
