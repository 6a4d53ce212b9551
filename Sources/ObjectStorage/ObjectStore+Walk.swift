extension ObjectStore {
    /// Hands all objects whose key starts with `prefix` to `body`, page by page, each key once and in no order.
    ///
    /// - Parameter start: A page's ``ObjectPage/next``, to go on after that page; nil for the whole walk.
    /// - Throws: code `unexpectedAnswer` when the store goes in circles, whatever `body` throws.
    package func walk(prefix: String = "", from start: String? = nil, _ body: (ObjectPage) async throws -> Void)
        async throws
    {
        var guardian = WalkGuard()
        var token = start
        repeat {
            let page = try await self.list(prefix: prefix, continuing: token)
            guard guardian.admits(page) else {
                throw ObjectStoreError(
                    code: .unexpectedAnswer,
                    operation: .list,
                    key: nil,
                    store: self.description,
                    message: "the listing goes in circles: a page or its token came twice",
                    remedy:
                        "the server's listing cannot be relied on; check PACKLINE_S3_ENDPOINT and any proxy before it"
                )
            }
            try await body(page)
            token = page.next
        } while token != nil
    }
}

/// Notices a walk that does not end, by memory for each page and not for each key.
private struct WalkGuard {
    private var tokens: Set<String> = []
    /// A server that ignores tokens but makes new ones begins with the same key each time.
    private var firstKeys: Set<[UInt8]> = []
    private var emptyPages = 0

    mutating func admits(_ page: ObjectPage) -> Bool {
        if let first = page.objects.first {
            self.emptyPages = 0
            guard self.firstKeys.insert(Array(first.key.utf8)).inserted else { return false }
        } else {
            self.emptyPages += 1
            guard self.emptyPages <= 1_000 else { return false }
        }
        return page.next.map { self.tokens.insert($0).inserted } ?? true
    }
}
