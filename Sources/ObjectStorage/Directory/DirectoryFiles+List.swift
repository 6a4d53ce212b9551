import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

extension DirectoryFiles {
    /// The files whose key starts with `prefix` and comes after `key`, ascending by the bytes of the key.
    ///
    /// Names that no key can have are left out, and so are files that vanish while their page is made.
    func list(after key: String?, prefix: String, limit: Int) throws -> ObjectPage {
        var walk = Walk(after: key.map { Array($0.utf8) } ?? [], prefix: Array(prefix.utf8), wanted: limit + 1)
        try self.visit([], &walk)
        let keys = walk.keys.prefix(limit)
        let objects = try keys.compactMap { key -> ListedObject? in
            try self.version(of: key).map { ListedObject(key: key, etag: $0.etag, size: $0.size ?? 0) }
        }
        return ObjectPage(objects: objects, next: walk.keys.count > limit ? keys.last : nil)
    }

    private struct Walk {
        let after: [UInt8]
        let prefix: [UInt8]
        let wanted: Int
        var keys: [String] = []

        /// Whether a directory, its name ending in a slash, can hold keys that are asked for.
        func mayContain(_ directory: [UInt8]) -> Bool {
            let isAfter = self.after.starts(with: directory) || self.after.lexicographicallyPrecedes(directory)
            return isAfter && (directory.starts(with: self.prefix) || self.prefix.starts(with: directory))
        }

        func wants(_ key: [UInt8]) -> Bool {
            key.starts(with: self.prefix) && self.after.lexicographicallyPrecedes(key)
        }
    }

    /// - Parameter directory: The start of the keys in it, empty or ending in a slash.
    private func visit(_ directory: [UInt8], _ walk: inout Walk) throws {
        let path = self.path(of: String(decoding: directory.dropLast(), as: UTF8.self))
        for name in try self.snapshots.names(in: directory.isEmpty ? self.root : path) {
            guard walk.keys.count < walk.wanted else { return }
            let key = directory + name
            if name.last == UInt8(ascii: "/") {
                // The limit of a key's length also ends a circle of symbolic links.
                if key.count < ObjectKey.maxBytes, walk.mayContain(key) { try self.visit(key, &walk) }
            } else if walk.wants(key), let text = String(validating: key, as: UTF8.self), ObjectKey.isValid(text) {
                walk.keys.append(text)
            }
        }
    }
}

/// The sorted names of directories, the last large one remembered.
///
/// Walking 130,000 files in pages of a thousand would otherwise read and sort the same names 130 times.
final class DirectorySnapshots: Sendable {
    private struct Snapshot {
        var path: String
        var modifiedNanoseconds: Int64
        var names: [[UInt8]]
    }

    private let latest = Mutex<Snapshot?>(nil)

    /// The names in a directory in the order of the keys that they begin, those of directories ending in a slash.
    ///
    /// Empty when there is no such directory.
    func names(in path: String) throws -> [[UInt8]] {
        guard let status = try FileCalls.status(path), status.kind == .directory else { return [] }
        let modified = status.modifiedNanoseconds
        let remembered = self.latest.withLock { $0 }
        if let remembered, remembered.path == path, remembered.modifiedNanoseconds == modified {
            return remembered.names
        }
        let names = try Self.sortedNames(in: path)
        // The time stamp of a directory is coarse: one that has just changed may change again under the same stamp.
        let isSettled = modified < (Int64(time(nil)) - 2) * 1_000_000_000
        if isSettled, names.count > 1_000 {
            self.latest.withLock { $0 = Snapshot(path: path, modifiedNanoseconds: modified, names: names) }
        }
        return names
    }

    private static func sortedNames(in path: String) throws -> [[UInt8]] {
        var names: [[UInt8]] = []
        for entry in try FileCalls.entries(in: path) ?? [] {
            if entry.name.elementsEqual(DirectoryLayout.reservedName.utf8) { continue }
            let kind =
                try entry.kind ?? FileCalls.status("\(path)/\(String(decoding: entry.name, as: UTF8.self))")?.kind
            switch kind {
            case .file: names.append(entry.name)
            case .directory: names.append(entry.name + [UInt8(ascii: "/")])
            case .other, nil: break
            }
        }
        names.sort { $0.lexicographicallyPrecedes($1) }
        return names
    }
}
