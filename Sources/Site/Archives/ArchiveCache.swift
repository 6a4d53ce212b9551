package import Logging
import NIOPosix
import Store
import Synchronization
import SystemPackage

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A folder with copies of archives that are asked for often, as many as its bound has room for: what was not used for the
/// longest time goes first.
///
/// Nothing depends on it. Where it can't be written, bytes come from the bucket; a file that is gone, or of another size, is
/// forgotten. A copy counts once all of it is there and has the hash that its name says.
package final class ArchiveCache: Sendable {
    private struct State {
        var sizes: [String: Int64] = [:]
        /// Rises with each use.
        var uses: [String: UInt64] = [:]
        var lastUse: UInt64 = 0
        /// Of those that are being written too.
        var bytes: Int64 = 0
        var writing: Set<String> = []
        var isFailing = false
    }

    static let unfinished = ".part"
    /// From this age on, an unfinished copy can only be left from a process that was killed.
    private static let leftoverSeconds = 3_600

    let folder: String
    private let maxBytes: Int64
    private let logger: Logger
    private let state: Mutex<State>

    /// - Parameter folder: What is there already is taken over; it is made where it is not there.
    package init(folder: String, maxBytes: Int64, logger: Logger) {
        self.folder = folder
        self.maxBytes = maxBytes
        self.logger = logger
        var state = State()
        _ = mkdir(folder, 0o755)
        for (name, size) in Self.files(in: folder) {
            state.lastUse += 1
            (state.sizes[name], state.uses[name]) = (size, state.lastUse)
            state.bytes += size
        }
        self.state = Mutex(state)
        self.makeRoom(for: 0)
    }

    /// How many bytes its files have, those that are being written included.
    package var bytes: Int64 { self.state.withLock { $0.bytes } }

    private static func name(_ kept: KeptArchive) -> String { String(kept.key.split(separator: "/").last ?? "") }
    private func path(_ name: String) -> String { "\(self.folder)/\(name)" }

    /// Where the copy of an archive is; nil where there is none.
    func path(of kept: KeptArchive) -> String? {
        let name = Self.name(kept)
        let isThere = self.state.withLock { state in
            guard state.sizes[name] == kept.size else { return false }
            state.lastUse += 1
            state.uses[name] = state.lastUse
            return true
        }
        guard isThere else { return nil }
        var status = stat()
        if stat(self.path(name), &status) == 0, Int64(status.st_size) == kept.size { return self.path(name) }
        self.forget(name)
        return nil
    }

    /// - Returns: nil where no copy is made: it is too large, somebody makes one, or there is no writing here.
    func begin(_ kept: KeptArchive) async -> ArchiveCopy? {
        let name = Self.name(kept)
        // What takes up much of the room is hardly worth all that goes for it.
        guard kept.size <= self.maxBytes / 2 else { return nil }
        let isMine = self.state.withLock { state in
            guard state.sizes[name] == nil, state.writing.insert(name).inserted else { return false }
            state.bytes += kept.size
            return true
        }
        guard isMine else { return nil }
        self.makeRoom(for: 0)
        return await ArchiveCopy(of: name, kept.size, in: self)
    }

    /// A copy is whole, or there will be none.
    func end(_ name: String, size: Int64, isWhole: Bool) {
        self.state.withLock { state in
            state.writing.remove(name)
            guard isWhole else {
                state.bytes -= size
                return
            }
            state.isFailing = false
            state.lastUse += 1
            (state.sizes[name], state.uses[name]) = (size, state.lastUse)
        }
        self.makeRoom(for: 0)
    }

    /// Says so once, until it succeeds again.
    func noteFailure(_ error: any Error) {
        let isNew = self.state.withLock { state in
            defer { state.isFailing = true }
            return !state.isFailing
        }
        guard isNew else { return }
        self.logger.warning(
            "archives are not cached: the folder can't be written",
            metadata: ["folder": "\(self.folder)", "error": "\(error)"]
        )
    }

    private func forget(_ name: String) {
        self.state.withLock { state in
            state.bytes -= state.sizes.removeValue(forKey: name) ?? 0
            state.uses[name] = nil
        }
    }

    private func makeRoom(for bytes: Int64) {
        let gone = self.state.withLock { state -> [String] in
            guard state.bytes + bytes > self.maxBytes else { return [] }
            var gone: [String] = []
            for (name, _) in state.uses.sorted(by: { $0.value < $1.value }) where state.bytes + bytes > self.maxBytes {
                state.bytes -= state.sizes.removeValue(forKey: name) ?? 0
                state.uses[name] = nil
                gone.append(name)
            }
            return gone
        }
        // Who is sending one has it open.
        for name in gone { unlink(self.path(name)) }
    }

    /// The copies in a folder, the oldest first; what was left unfinished is removed.
    private static func files(in folder: String) -> [(name: String, size: Int64)] {
        guard let directory = opendir(folder) else { return [] }
        defer { closedir(directory) }
        var found: [(name: String, size: Int64, seconds: Int)] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            var status = stat()
            guard stat("\(folder)/\(name)", &status) == 0, status.st_mode & S_IFMT == S_IFREG else { continue }
            #if canImport(Darwin)
                let seconds = Int(status.st_mtimespec.tv_sec)
            #else
                let seconds = Int(status.st_mtim.tv_sec)
            #endif
            if name.hasSuffix(Self.unfinished) {
                if seconds < Int(time(nil)) - Self.leftoverSeconds { unlink("\(folder)/\(name)") }
            } else if name.utf8.count > 64, name.utf8.prefix(64).allSatisfy(\.isHexadecimalDigit) {
                found.append((name, Int64(status.st_size), seconds))
            }
        }
        return found.sorted { $0.seconds < $1.seconds }.map { ($0.name, $0.size) }
    }
}

extension UInt8 {
    fileprivate var isHexadecimalDigit: Bool { (0x30...0x39).contains(self) || (0x61...0x66).contains(self) }
}
