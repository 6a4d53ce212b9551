import NIOHTTP1
import Wire

extension S3ObjectStore {
    /// The most keys in one answer, S3's limit.
    private static let pageSize = 1_000

    package func list(prefix: String, continuing token: String?) async throws -> ObjectPage {
        let page = try await self.page(.list, prefix: prefix, token: token, limit: Self.pageSize)
        let start = self.address.keyStart.utf8.count
        return ObjectPage(
            objects: page.objects.map { object in
                var object = object
                if start > 0 { object.key = String(decoding: object.key.utf8.dropFirst(start), as: UTF8.self) }
                return object
            },
            next: page.nextToken
        )
    }

    /// Asks for a listing of one object: unlike `HEAD` of the bucket, its answer says why it was refused.
    package func check() async throws {
        _ = try await self.page(.check, prefix: "", token: nil, limit: 1)
    }

    private func page(
        _ operation: ObjectStoreError.Operation,
        prefix: String,
        token: String?,
        limit: Int
    ) async throws -> S3ListPage {
        let fullPrefix = self.address.keyStart + prefix
        let request = self.listRequest(operation, prefix: prefix, token: token, limit: limit)
        return try await self.withRetries { _ in
            let answer = try await self.exchange(request)
            guard (200..<300).contains(answer.status) else { throw self.failure(of: request, answer) }
            do {
                let page = try S3ListPage(answer.bodyBytes)
                // A store that ignores a parameter must not take a walk to objects of somebody else, or make it endless.
                guard page.objects.allSatisfy({ $0.key.utf8.starts(with: fullPrefix.utf8) }) else {
                    throw S3ListPage.Invalid(problem: "it lists keys outside the prefix")
                }
                guard page.nextToken == nil || page.nextToken != token else {
                    throw S3ListPage.Invalid(problem: "its token leads to itself")
                }
                return page
            } catch let error as S3ListPage.Invalid {
                throw self.unexpectedAnswer(to: request, answer, error.problem)
            }
        }
    }

    func listRequest(
        _ operation: ObjectStoreError.Operation,
        prefix: String,
        token: String?,
        limit: Int
    ) -> S3Request {
        let prefix = self.address.keyStart + prefix
        var parameters = token.map { ["continuation-token=" + Percent.encoded($0)] } ?? []
        parameters += ["encoding-type=url", "list-type=2", "max-keys=\(limit)"]
        if !prefix.isEmpty { parameters.append("prefix=" + Percent.encoded(prefix)) }
        return S3Request(
            operation: operation,
            method: .GET,
            path: self.address.bucketPath,
            query: parameters.joined(separator: "&"),
            headers: [("host", self.address.host)],
            maxAnswerBytes: 16 * 1_024 * 1_024
        )
    }
}
