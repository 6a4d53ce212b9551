import Wire

/// A file of a project that says which packages it uses.
package enum ComposerFile {
    /// `composer.json`: what the project requires.
    case requirements
    /// `composer.lock`: what that led to, with all that it requires in turn.
    case lock

    /// - Returns: nil for a path that is of neither.
    package init?(path: String) {
        if path.hasSuffix(".json") {
            self = .requirements
        } else if path.hasSuffix(".lock") {
            self = .lock
        } else {
            return nil
        }
    }

    /// Why a file can't be read; goes on where a sentence named the file.
    package struct Unreadable: Error, CustomStringConvertible {
        package var description: String
    }

    private var keys: [String] {
        switch self {
        case .requirements: ["require", "require-dev"]
        case .lock: ["packages", "packages-dev"]
        }
    }

    /// The names of packages in a file, in lower case, as Composer compares them; without PHP itself, its extensions and
    /// what else is part of the platform.
    ///
    /// - Throws: ``Unreadable``.
    package func names(in bytes: [UInt8]) throws(Unreadable) -> Set<String> {
        var reader = JSONReader(bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes)
        var names: Set<String> = []
        var problem: String?
        var found = false
        do {
            guard try reader.kind() == .object else { throw Unreadable(description: "holds no JSON object") }
            try reader.readObject { reader, key in
                let key = try reader.text(key)
                guard self.keys.contains(key) else { return _ = try reader.skipValue() }
                found = true
                let added = try self.readNames(&reader, of: key) { name in
                    guard let isPlatform = Self.isPlatform(name) else {
                        problem = problem ?? "has '\(Self.shown(name))' in '\(key)', which is no name of a package"
                        return
                    }
                    if !isPlatform { names.insert(name) }
                }
                if !added { problem = problem ?? self.wrongForm(of: key) }
            }
            try reader.finish()
        } catch let error as Unreadable {
            throw error
        } catch let error as JSONReader.Failure {
            let line = 1 + bytes.prefix(error.position).count { $0 == UInt8(ascii: "\n") }
            throw Unreadable(description: "is no JSON: \(error.reason) (line \(line))")
        } catch {
            throw Unreadable(description: "can't be read")
        }
        if let problem { throw Unreadable(description: problem) }
        guard found || self == .requirements else {
            throw Unreadable(description: "has no 'packages', as a composer.lock has")
        }
        return names
    }

    /// - Returns: Whether the value has the form that it should have; PHP writes an empty map as a list, and a lock that
    ///   was made without development packages has null.
    private func readNames(_ reader: inout JSONReader, of key: String, _ take: (String) -> Void) throws -> Bool {
        switch (self, try reader.kind()) {
        case (_, .literal):
            return try reader.bytes[reader.skipValue()].elementsEqual("null".utf8)
        case (.requirements, .object):
            try reader.readObject { reader, key in
                take(try reader.text(key).lowercased())
                _ = try reader.skipValue()
            }
            return true
        case (.requirements, .array):
            var isEmpty = true
            try reader.readArray { reader, _ in
                isEmpty = false
                _ = try reader.skipValue()
            }
            return isEmpty
        case (.lock, .array):
            var isRight = true
            try reader.readArray { reader, _ in
                guard let name = try Self.name(&reader) else { return isRight = false }
                take(name)
            }
            return isRight
        default:
            _ = try reader.skipValue()
            return false
        }
    }

    /// The name of a package in a lock; nil where it has none.
    private static func name(_ reader: inout JSONReader) throws -> String? {
        guard try reader.kind() == .object else {
            _ = try reader.skipValue()
            return nil
        }
        var name: String?
        try reader.readObject { reader, key in
            guard reader.matches(key, "name") else { return _ = try reader.skipValue() }
            name = try reader.kind() == .string ? try reader.readString().lowercased() : nil
            if name == nil { _ = try reader.skipValue() }
        }
        return name
    }

    private func wrongForm(of key: String) -> String {
        switch self {
        case .requirements: "has a '\(key)' that is no map of names and constraints"
        case .lock: "has a '\(key)' that is no list of packages with names"
        }
    }

    /// Whether a name is that of a part of the platform; nil where it is no name at all.
    ///
    /// As in Composer's `PlatformRepository`. Of others only the slash is asked for: projects have names that
    /// today's rules would not take, and they may be of other repositories.
    private static func isPlatform(_ name: String) -> Bool? {
        guard name.utf8.count <= 255, name.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "*") })
        else { return nil }
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        if parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty { return false }
        guard parts.count == 1, !name.isEmpty else { return nil }
        let isKnown =
            ["php", "hhvm", "composer"].contains(name)
            || ["php-", "ext-", "lib-", "composer-"].contains { name.hasPrefix($0) && name.utf8.count > $0.utf8.count }
        return isKnown ? true : nil
    }

    /// As much of a text from outside as a message can hold.
    private static func shown(_ text: String) -> String {
        String(text.unicodeScalars.prefix(80).map { $0.properties.generalCategory == .control ? "?" : Character($0) })
    }
}
