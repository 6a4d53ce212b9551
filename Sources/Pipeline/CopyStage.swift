import Archives
import Composer
import Facts
package import ObjectStorage
import Resilience
import ServiceLifecycle

/// Copies the archives of another bucket that this one lacks.
///
/// Reads: both buckets' listings, and what is to be copied. Writes: archives whose bytes are those that their keys name, and
/// nothing else; the database knows nothing of it. One that was stopped goes on where it was, because what is there already
/// is not copied again.
package struct CopyStage: Sendable {
    /// The most bytes that one archive may have in memory, where there is a folder for larger ones, and where there is none.
    private static let mostInMemory = (withFolder: 4 << 20, without: 32 << 20)

    let context: StageContext
    let source: any ObjectStore
    let objects: any ObjectStore

    /// - Parameters:
    ///   - source: Copied from.
    ///   - objects: Copied to.
    package init(context: StageContext, source: any ObjectStore, objects: any ObjectStore) {
        self.context = context
        self.source = source
        self.objects = objects
    }

    package func run() async throws -> StageOutcome {
        guard self.source.description != self.objects.description else {
            throw InvalidSettings(problems: [
                "--from names the bucket that PACKLINE_BUCKET_URL names: nothing is to be copied"
            ])
        }
        try await self.source.check()
        try await self.objects.check()
        var found = 0
        var bytes = 0
        // The first two digits divide keys evenly, so that one part of each bucket fits in memory.
        for part in 0..<256 {
            if Task.isShuttingDownGracefully { return self.outcome(bytes, .terminated) }
            let missing = try await self.missing(part)
            found += missing.count
            bytes += missing.reduce(0) { $0 + $1.size }
            if self.context.run == nil { continue }
            self.context.progress.expect(found * 256 / (part + 1))
            // What is larger takes more room: less of it at once.
            let isSmall: (ListedObject) -> Bool = { $0.size <= Self.mostInMemory.withFolder }
            try await self.copy(missing.filter(isSmall), atOnce: min(16, self.context.options.concurrency ?? 16))
            try await self.copy(missing.filter { !isSmall($0) }, atOnce: 2)
        }
        if found == 0, self.context.counters[.archivesPresent] == 0 {
            throw CopyProblem(
                "there is no archive in \(self.source.description), below dist/: correct --from, or leave the copying out"
            )
        }
        if self.context.run == nil { self.context.counters.set(.wouldCopy, found) }
        return self.outcome(bytes, Task.isShuttingDownGracefully ? .terminated : .done)
    }

    /// Archives of the other bucket whose keys begin so, and that are not in this one, or with another size.
    private func missing(_ part: Int) async throws -> [ListedObject] {
        let digits = String(part, radix: 16)
        let prefix = "\(ArchiveKey.prefix)\(part < 16 ? "0" : "")\(digits)/"
        var present: [String: Int] = [:]
        try await self.objects.walk(prefix: prefix) { page in
            for object in page.objects { present[object.key] = object.size }
        }
        var missing: [ListedObject] = []
        try await self.source.walk(prefix: prefix) { page in
            let archives = page.objects.filter { ArchiveKey($0.key) != nil }
            let here = archives.filter { present[$0.key] == $0.size }
            self.context.counters.add(.archivesPresent, here.count)
            missing += archives.filter { present[$0.key] != $0.size }
        }
        return missing
    }

    private func copy(_ archives: [ListedObject], atOnce limit: Int) async throws {
        guard !archives.isEmpty else { return }
        try await forEachConcurrently(archives, limit: limit) { archive in
            if Task.isShuttingDownGracefully { return }
            do {
                try await self.copy(archive)
                self.context.counters.add(.archivesCopied)
                self.context.counters.add(.bytesCopied, archive.size)
            } catch is CancellationError {
                throw CancellationError()
            } catch {
                // The others can be copied all the same.
                self.context.counters.add(.archivesUncopied)
                self.context.problems.add(archive.key, "\(error)")
            }
            self.context.progress.advance(by: 1)
        }
    }

    private func copy(_ archive: ListedObject) async throws {
        guard let key = ArchiveKey(archive.key) else { return }
        let folder = self.context.settings.archives.temporaryFolder
        let mostInMemory = folder == nil ? Self.mostInMemory.without : Self.mostInMemory.withFolder
        guard archive.size <= mostInMemory || folder != nil else {
            throw CopyProblem(
                "it has \(archive.size.grouped) bytes, and above \(mostInMemory.grouped) they are copied through a file: set "
                    + "PACKLINE_TEMP_DIR"
            )
        }
        let copy = ArchiveCopy(folder: archive.size <= mostInMemory ? nil : folder)
        defer { withExtendedLifetime(copy) {} }
        let digests = try await self.source.digests(of: archive.key) { size in
            guard size == archive.size else { throw CopyProblem("it is not as large as the listing said") }
            try copy.begin()
        } _: {
            try copy.append($0)
        }
        guard let digests else { throw CopyProblem("it is gone from \(self.source.description)") }
        guard ContentHash(bytes: digests.sha256) == key.sha256 else {
            throw CopyProblem("its bytes in \(self.source.description) are not those that its key names")
        }
        var upload = copy.upload(archive.key, size: digests.size, sha256: key.sha256.hexadecimal)
        upload.contentType = key.kind.contentType
        upload.cacheControl = self.context.settings.cacheControl(for: archive.key)
        _ = try await self.objects.put(upload)
    }

    private func outcome(_ bytes: Int, _ exit: StageExit) -> StageOutcome {
        let counters = self.context.counters
        var outcome = StageOutcome(exit: exit, counters: counters.snapshot)
        let uncopied = counters[.archivesUncopied]
        if uncopied > 0 {
            outcome.exit = exit == .done ? .failed : exit
            outcome.error = self.context.problems.summary("\(uncopied.counted("archive")) could not be copied")
        }
        if self.context.run == nil {
            outcome.notes.append(
                "would copy \(counters[.wouldCopy].counted("archive")) of \(bytes.counted("byte")) from "
                    + "\(self.source.description) to \(self.objects.description)"
            )
        }
        return outcome
    }
}

/// Why an archive was not copied.
struct CopyProblem: Error, CustomStringConvertible {
    var description: String

    init(_ description: String) { self.description = description }
}
