import ObjectStorage
import Pipeline
import Store

extension Doctor {
    private static let bucketRemedy = "check PACKLINE_BUCKET_URL, and that it can be reached from here"

    /// The bucket: whether objects can be written, read and deleted, conditions, and whether it is the right one.
    func bucket(_ connections: Connections, _ ready: Ready?) async -> [Finding] {
        if self.reading.wrongParts.contains(.bucket) {
            return [.skipped("bucket", because: "its settings are wrong")]
        }
        if self.settings.stages.bucket == .nowhere {
            return [.ok("bucket", "there is none: serve publishes by itself")] + (await self.unusedBucket(ready))
        }
        let objects: any ObjectStore
        do {
            objects = try connections.objects(retry: Self.retry, timeout: self.limit) { headers in
                self.clocks.note("the bucket", headers)
            }
        } catch {
            return [.failed("bucket", error, remedy: Self.bucketRemedy)]
        }
        // Tells only whose it is, whatever the bucket answers.
        async let known = self.knownBucket(objects, ready)
        var findings = await self.check("bucket", remedy: Self.bucketRemedy) { try await self.probe(objects) }
        if findings.allSatisfy({ $0.status == .ok }) {
            findings += await self.check("conditions", remedy: "set PACKLINE_S3_CONDITIONS=off") {
                try await self.conditions(objects, ready)
            }
        } else {
            findings.append(.skipped("conditions", because: "the bucket failed"))
        }
        return findings + (await known)
    }

    private func probe(_ objects: any ObjectStore) async throws -> [Finding] {
        try await objects.check()
        if let folder = objects.localPath(of: "x").map({ String($0.dropLast(2)) }) {
            let volume = Volume(of: folder)
            if Volume.existing(folder) != folder {
                return [.ok("bucket", "\(objects.description) is not there yet: the first sync makes it")]
            }
            if let free = volume.freeBytes, free < 16 << 20 {
                return [
                    Finding(
                        "bucket",
                        .failed,
                        "the disk of \(objects.description) is full: \(free >> 20) MB are free",
                        remedy: "make room there"
                    )
                ]
            }
        }
        try await objects.probe()
        return [.ok("bucket", "\(objects.description): listed, and a probe written, read and deleted")]
    }

    private func conditions(_ objects: any ObjectStore, _ ready: Ready?) async throws -> [Finding] {
        let mode = self.settings.stages.conditions
        // A folder that is not there yet would be made.
        if mode == .off || !objects.datesObjects {
            return mode == .off ? [.ok("conditions", "uploads are not conditional (PACKLINE_S3_CONDITIONS=off)")] : []
        }
        if try await objects.detectConditions() { return [.ok("conditions", "the store keeps those of uploads")] }
        // As the first sync has found out and noted it.
        let isRelied =
            mode == .on ? true : try await ready?.store.setting("bucket_conditions") == "on \(objects.description)"
        if isRelied {
            return [
                Finding(
                    "conditions",
                    .failed,
                    "the store ignores conditions of uploads, and sync relies on them",
                    remedy: mode == .on
                        ? "set PACKLINE_S3_CONDITIONS=auto"
                        : "packline verify --repair, which asks the store again"
                )
            ]
        }
        return [
            Finding(
                "conditions",
                .warning,
                "the store ignores conditions of uploads: of two workers of sync, one that was held up can undo for a moment "
                    + "what the other has written",
                remedy: "run a single sync at a time, or use a store that keeps If-Match and If-None-Match"
            )
        ]
    }

    private func knownBucket(_ objects: any ObjectStore, _ ready: Ready?) async -> [Finding] {
        guard let ready else { return [.skipped("known-bucket", because: "there is no database that can be read")] }
        let remedy = "correct PACKLINE_BUCKET_URL or PACKLINE_DATABASE_URL"
        return await self.check("known-bucket", remedy: remedy) {
            try await KnownBucket.check(objects, ready.store, ready.settings)
            let isNoted = try await ready.store.bucket() != nil
            return [
                .ok(
                    "known-bucket",
                    isNoted ? "the one that the database publishes to" : "nothing was published to any yet"
                )
            ]
        }
    }

    /// Where there is no bucket any more.
    private func unusedBucket(_ ready: Ready?) async -> [Finding] {
        guard let ready else { return [] }
        return await self.check("known-bucket", remedy: "look at the database") {
            guard let known = try await ready.store.bucket(), known != Store.noBucket else { return [] }
            return [
                Finding(
                    "known-bucket",
                    .warning,
                    "the database publishes to \(known), and PACKLINE_BUCKET_URL is none",
                    remedy: "set PACKLINE_BUCKET_URL to that bucket, if it is to be kept up to date"
                )
            ]
        }
    }
}
