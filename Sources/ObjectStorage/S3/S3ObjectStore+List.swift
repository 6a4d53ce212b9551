import NIOHTTP1

extension S3ObjectStore {
    /// The most keys in one answer, S3's limit.
    private static let pageSize = 1_000

    package func list(after key: String?, prefix: String) async throws -> ObjectPage {
        let page = try await self.page(.list, after: key, prefix: prefix, limit: Self.pageSize)
        let start = self.address.keyStart
        return ObjectPage(
            objects: page.objects.map { object in
                var object = object
                object.key = String(decoding: object.key.utf8.dropFirst(start.utf8.count), as: UTF8.self)
                return object
            },
            isTruncated: page.isTruncated
        )
    }

    /// Asks for a listing of one object: unlike `HEAD` of the bucket, its answer says why it was refused.
    package func check() async throws {
        _ = try await self.page(.check, after: nil, prefix: "", limit: 1)
    }

    private func page(
        _ operation: ObjectStoreError.Operation,
        after key: String?,
        prefix: String,
        limit: Int
    ) async throws -> S3ListPage {
        let start = self.address.keyStart
        let request = self.listRequest(operation, after: key, prefix: prefix, limit: limit)
        return try await self.withRetries { _ in
            let answer = try await self.exchange(request)
            guard (200..<300).contains(answer.status) else { throw self.failure(of: request, answer) }
            do {
                let page = try S3ListPage(answer.bodyBytes)
                try Self.check(page, prefix: start + prefix, after: key.map { start + $0 })
                return page
            } catch let error as S3ListPage.Invalid {
                throw self.unexpectedAnswer(to: request, answer, error.problem)
            }
        }
    }

    func listRequest(
        _ operation: ObjectStoreError.Operation,
        after key: String?,
        prefix: String,
        limit: Int
    ) -> S3Request {
        let start = self.address.keyStart
        var parameters = ["encoding-type=url", "list-type=2", "max-keys=\(limit)"]
        if !(start + prefix).isEmpty { parameters.append("prefix=" + URIEncoding.encodedQueryValue(start + prefix)) }
        if let key { parameters.append("start-after=" + URIEncoding.encodedQueryValue(start + key)) }
        return S3Request(
            operation: operation,
            method: .GET,
            path: self.address.bucketPath,
            query: parameters.joined(separator: "&"),
            headers: [("host", self.address.host)],
            maxAnswerBytes: 16 * 1_024 * 1_024
        )
    }

    /// A store that ignores a parameter must not make a walk endless, or take it to objects of somebody else.
    private static func check(_ page: S3ListPage, prefix: String, after key: String?) throws {
        for object in page.objects where !object.key.utf8.starts(with: prefix.utf8) {
            throw S3ListPage.Invalid(problem: "it lists keys outside the prefix")
        }
        if let key, let first = page.objects.first, !key.utf8.lexicographicallyPrecedes(first.key.utf8) {
            throw S3ListPage.Invalid(problem: "it does not begin after the key that was asked for")
        }
    }
}
