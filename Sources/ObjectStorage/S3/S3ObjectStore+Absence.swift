import NIOHTTP1

extension S3ObjectStore {
    package func tellsAbsence(of absent: String, beside present: String) async throws -> Bool {
        try await self.withRetries { _ in
            let isOpen = try await (200..<300).contains(self.status(of: present, isSigned: false))
            return try await self.status(of: absent, isSigned: !isOpen) != 403
        }
    }

    private func status(of key: String, isSigned: Bool) async throws -> Int {
        let request = self.request(.head, .HEAD, key: key)
        return try await (isSigned ? self.exchange(request) : self.unsignedExchange(request)).status
    }
}
