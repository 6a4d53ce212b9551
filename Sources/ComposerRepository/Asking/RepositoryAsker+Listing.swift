import Composer
import Facts
import NIOHTTP1
package import Upstream

extension RepositoryAsker {
    package func listing(unlessStill etag: String?, onKey: (String) throws -> Void) async throws -> ListingAnswer {
        let (root, bytes) = try await self.files.readRoot()
        let sign = RepositoryPosition.sign(root.changeSign.hexadecimal)
        if root.hasPartialPackages {
            for name in try await self.contents.names(in: root, bytes) { try onKey(name) }
        }
        switch root.offer {
        case .feed, .list, .lazy, .names:
            // Of few names it need not be known which others there are, unless those are owned too.
            let hasList = root.listURL != nil || root.availableAreAll && root.availablePackages != nil
            if let names = self.source.selection?.keys, !(self.source.listsAll && hasList) {
                for name in names.sorted() { try onKey(name) }
                return .complete(position: nil, etag: nil)
            }
            return try await self.listing(of: root, unlessStill: etag, onKey: onKey)
        case .tree:
            if etag == sign { return .notModified }
            for provider in root.providers { try onKey(provider.name) }
            var walk = FileWalk(root.providerIncludes)
            while let (file, depth) = walk.nextFile() {
                var names: [String] = []
                let listing = try await self.contents.listing(file) { names.append($0.name) }
                walk.found(listing.includes, atDepth: depth)
                for name in names { try onKey(name) }
            }
            try self.contents.expectWhole(walk)
            return .complete(position: nil, etag: sign)
        case .includes:
            if etag == sign { return .notModified }
            for name in try await self.contents.names(in: root, bytes) { try onKey(name) }
            return .complete(position: nil, etag: sign)
        }
    }

    private func listing(
        of root: RepositoryRoot,
        unlessStill etag: String?,
        onKey: (String) throws -> Void
    ) async throws -> ListingAnswer {
        if root.availableAreAll, let names = root.availablePackages {
            for name in names { try onKey(name) }
            return .complete(position: nil, etag: nil)
        }
        // What is in the root itself is no part of what the list's ETag stands for.
        let etag = root.hasPartialPackages ? nil : etag
        guard let url = root.listURL else {
            throw RequestLabel(method: "GET", url: root.url.root).error(
                .refused,
                "the repository has no list of its packages: name those that are wanted, under 'only'",
                isRetryable: false
            )
        }
        let answer = try await self.files.ask(
            url,
            accepting: etag == nil ? [.ok] : [.ok, .notModified],
            headers: etag.map { [("If-None-Match", $0)] } ?? [],
            upTo: RepositoryFiles.fileBytes
        )
        if answer.status == .notModified { return .notModified }
        var refusal: (any Error)?
        try self.files.reading(url) {
            _ = try PackageNames.read(answer.bytes) { name in
                do { try onKey(name) } catch {
                    refusal = error
                    throw error
                }
            }
        }
        if let refusal { throw refusal }
        return .complete(position: nil, etag: answer.etag)
    }
}
