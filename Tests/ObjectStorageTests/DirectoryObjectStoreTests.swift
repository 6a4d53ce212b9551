import FoundationEssentials
import Resilience
import Synchronization
import Testing

@testable import ObjectStorage

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What only a directory has to get right.
@Suite struct DirectoryObjectStoreTests {
    static func withDirectory<Result>(_ body: (String) async throws -> Result) async throws -> Result {
        let name = "directory-\(UInt64.random(in: 0 ... .max))"
        let root = FileManager.default.temporaryDirectory.appending(path: name).path()
        defer { try? FileManager.default.removeItem(atPath: root) }
        return try await body(root)
    }

    static func object(_ key: String, _ text: String = "x") -> ObjectUpload {
        ObjectUpload(key: key, bytes: Array(text.utf8))
    }

    static func write(_ text: String, to path: String) throws { try Data(text.utf8).write(to: URL(filePath: path)) }

    /// Sets the time of the last change.
    static func age(_ path: String, seconds: Int) throws {
        let date = Date(timeIntervalSinceNow: -Double(seconds))
        try FileManager.default.setAttributes([.modificationDate: date], ofItemAtPath: path)
    }

    @Test func `a key is a path below the root, which is made when it is needed`() async throws {
        try await Self.withDirectory { root in
            let store = DirectoryObjectStore(path: root + "/deep/public/")
            try await store.check()
            #expect(!FileManager.default.fileExists(atPath: root))
            _ = try await store.put(Self.object("p2/wp-plugin/akismet~dev.json", "{}"))
            let path = root + "/deep/public/p2/wp-plugin/akismet~dev.json"
            #expect(try String(contentsOf: URL(filePath: path), encoding: .utf8) == "{}")
        }
    }

    @Test func `a check finds out where nobody can write, and leaves nothing where one can`() async throws {
        await #expect(throws: ObjectStoreError.self) { try await DirectoryObjectStore(path: "/proc/packline").check() }
        try await Self.withDirectory { root in
            try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
            try await DirectoryObjectStore(path: root).check()
            #expect(try FileManager.default.contentsOfDirectory(atPath: root).isEmpty)
        }
    }

    @Test func `a reader sees the old bytes or the new ones`() async throws {
        try await Self.withDirectory { root in
            let store = DirectoryObjectStore(path: root)
            let texts = ["a", "b"].map { String(repeating: $0, count: 100_000) }
            _ = try await store.put(Self.object("x", texts[0]))
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    for round in 0..<40 { _ = try await store.put(Self.object("x", texts[round % 2])) }
                }
                group.addTask {
                    for _ in 0..<60 {
                        let bytes = try #require(try await store.get("x", maxBytes: 1_000_000)).bytes
                        #expect(bytes.count == 100_000 && Set(bytes).count == 1)
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test func `of many first uploads one wins`() async throws {
        try await Self.withDirectory { root in
            // Locks of different stores exclude each other as those of different processes do.
            let stores = (0..<4).map { _ in DirectoryObjectStore(path: root) }
            let winners = Mutex<[String]>([])
            try await forEachConcurrently(0..<40, limit: 8) { number in
                var object = Self.object("packages.json", "by \(number)")
                object.condition = .ifNoneMatch
                do {
                    _ = try await stores[number % 4].put(object)
                    winners.withLock { $0.append("by \(number)") }
                } catch let error as ObjectStoreError where error.code == .preconditionFailed {}
            }
            #expect(winners.withLock { $0.count } == 1)
            let bytes = try await stores[0].get("packages.json", maxBytes: 100)?.bytes
            #expect(bytes == winners.withLock { Array($0[0].utf8) })
        }
    }

    @Test func `a file may claim to be of any year`() async throws {
        try await Self.withDirectory { root in
            let store = DirectoryObjectStore(path: root)
            _ = try await store.put(Self.object("a", "text"))
            for seconds in [15_000_000_000, -2_000_000_000] {
                var times = [timespec(tv_sec: seconds, tv_nsec: 0), timespec(tv_sec: seconds, tv_nsec: 0)]
                #expect(utimensat(AT_FDCWD, root + "/a", &times, 0) == 0)
                let page = try await store.list(prefix: "", continuing: nil)
                #expect(page.objects.map(\.key) == ["a"])
            }
        }
    }

    @Test func `no conditional replacement is lost among many writers`() async throws {
        try await Self.withDirectory { root in
            let stores = (0..<4).map { _ in DirectoryObjectStore(path: root) }
            _ = try await stores[0].put(Self.object("count", "0"))
            try await forEachConcurrently(0..<80, limit: 8) { number in
                let store = stores[number % 4]
                while true {
                    let (bytes, version) = try #require(try await store.get("count", maxBytes: 100))
                    let count = try #require(Int(String(decoding: bytes, as: UTF8.self)))
                    var object = Self.object("count", "\(count + 1)")
                    object.condition = .ifMatch(version.etag)
                    do {
                        _ = try await store.put(object)
                        return
                    } catch let error as ObjectStoreError where error.code == .preconditionFailed {}
                }
            }
            #expect(try await stores[0].get("count", maxBytes: 100)?.bytes == Array("80".utf8))
        }
    }

    @Test func `P24: a file that replaces another is dated later, in whole seconds, whatever the clock says`()
        async throws
    {
        try await Self.withDirectory { root in
            let store = DirectoryObjectStore(path: root)
            func date() throws -> Double {
                let attributes = try FileManager.default.attributesOfItem(atPath: "\(root)/x")
                return try #require(attributes[.modificationDate] as? Date).timeIntervalSince1970
            }
            var dates: [Double] = []
            for number in 1...3 {
                _ = try await store.put(Self.object("x", "\(number)"))
                dates.append(try date())
            }
            try Self.age("\(root)/x", seconds: -3_600)
            dates.append(try date().rounded(.down))
            var object = Self.object("x", "by a clock that was set right")
            object.lastModifiedSeconds = Int64(dates[0])
            _ = try await store.put(object)
            dates.append(try date())
            #expect(zip(dates, dates.dropFirst()).allSatisfy { $0 < $1 }, "\(dates)")
            #expect(dates.allSatisfy { $0 == $0.rounded() })

            object.lastModifiedSeconds = 1_700_000_000
            try await store.delete("x")
            _ = try await store.put(object)
            #expect(try date() == 1_700_000_000)
        }
    }

    @Test func `a folder goes with its last file, the root stays`() async throws {
        try await Self.withDirectory { root in
            let store = DirectoryObjectStore(path: root)
            for key in ["p2/a/x", "p2/a/deep/er/y", "p2/b/z"] { _ = try await store.put(Self.object(key)) }
            func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: "\(root)/\(path)") }
            try await store.delete("p2/a/deep/er/y")
            #expect(!exists("p2/a/deep") && exists("p2/a/x"))
            #expect(try await store.deleteMany(["p2/a/x", "p2/b/z"]).isEmpty)
            #expect(!exists("p2") && exists(""))
            _ = try await store.put(Self.object("p2/a/x", "again"))
            #expect(try await store.get("p2/a/x", maxBytes: 10)?.bytes == Array("again".utf8))
        }
    }

    @Test func `a link that leads nowhere is no folder`() async throws {
        try await Self.withDirectory { root in
            let store = DirectoryObjectStore(path: root)
            _ = try await store.put(Self.object("packages.json"))
            try FileManager.default.createSymbolicLink(atPath: "\(root)/p2", withDestinationPath: "\(root)/nowhere")
            let error = await #expect(throws: ObjectStoreError.self) { _ = try await store.put(Self.object("p2/a/x")) }
            #expect(error?.message.contains("Not a directory") == true)
        }
    }

    @Test func `who writes into a folder that others empty meanwhile succeeds`() async throws {
        try await Self.withDirectory { root in
            let stores = (0..<4).map { _ in DirectoryObjectStore(path: root) }
            try await forEachConcurrently(0..<400, limit: 8) { number in
                let (store, key) = (stores[number % 4], "p2/deep/folder/\(number % 8)")
                _ = try await store.put(Self.object(key))
                try await stores[(number + 1) % 4].delete(key)
            }
            _ = try await stores[0].put(Self.object("p2/deep/folder/last"))
            #expect(try await TestStore.allObjects(of: stores[1]).map(\.key) == ["p2/deep/folder/last"])
        }
    }

    @Test func `a process that keeps the lock makes a write fail, not hang`() throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "lock-\(UInt64.random(in: 0 ... .max))")
            .path()
        defer { try? FileManager.default.removeItem(atPath: path) }
        try InterprocessLock(path: path).withLock {
            let other = InterprocessLock(path: path, patience: .milliseconds(20))
            #expect(throws: FileCallError(call: "lock", path: path, errno: EWOULDBLOCK)) {
                try other.withLock {}
            }
        }
        try InterprocessLock(path: path, patience: .zero).withLock {}
    }

    @Test func `what killed writers left is removed after an hour, and never listed`() async throws {
        try await Self.withDirectory { root in
            let folder = root + "/.packline-tmp"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            for (name, age) in [("old", 3_700), ("young", 600), ("lock-3", 100_000)] {
                try Self.write("half", to: "\(folder)/\(name)")
                try Self.age("\(folder)/\(name)", seconds: age)
            }
            let store = DirectoryObjectStore(path: root)
            #expect(try await store.list(prefix: "", continuing: nil).objects.isEmpty)
            _ = try await store.put(Self.object("a"))
            #expect(try await store.list(prefix: "", continuing: nil).objects.map(\.key) == ["a"])
            let left = try FileManager.default.contentsOfDirectory(atPath: folder)
            #expect(!left.contains("old"))
            #expect(left.contains("young"))
            #expect(left.contains("lock-3"))
        }
    }

    @Test func `a file in the place of a directory, and the reverse, are named`() async throws {
        try await Self.withDirectory { root in
            let store = DirectoryObjectStore(path: root)
            _ = try await store.put(Self.object("p2"))
            let below = await #expect(throws: ObjectStoreError.self) { _ = try await store.put(Self.object("p2/a/b")) }
            #expect(below?.code == .fileSystem)
            #expect(below?.description.contains("\(root)/p2/a: Not a directory; a file is where a directory") == true)
            #expect(try await store.head("p2/a/b") == nil)
            try await store.delete("p2/a/b")

            _ = try await store.put(Self.object("d/x"))
            let above = await #expect(throws: ObjectStoreError.self) { _ = try await store.put(Self.object("d")) }
            #expect(above?.description.contains("\(root)/d: Is a directory; a directory is where") == true)
            #expect(try await store.head("d") == nil)
            try await store.delete("d")

            let folder = try FileManager.default.contentsOfDirectory(atPath: root + "/.packline-tmp")
            #expect(folder.allSatisfy { $0.hasPrefix("lock-") })
            let file = DirectoryObjectStore(path: root + "/p2")
            let error = await #expect(throws: ObjectStoreError.self) { try await file.check() }
            #expect(error?.description.contains("cannot use \(root)/p2: Not a directory") == true)
        }
    }

    @Test(arguments: [
        (ENOSPC, ObjectStoreError.Code.diskFull, "free space"), (EDQUOT, .diskFull, "quota"),
        (EROFS, .accessDenied, "read-only"), (EACCES, .accessDenied, "let the user"), (EXDEV, .fileSystem, "rename"),
        (EMFILE, .fileSystem, "ulimit -n"), (EWOULDBLOCK, .timeout, "lock"),
        (ENOENT, .fileSystem, "PACKLINE_BUCKET_URL"), (EIO, .fileSystem, "PACKLINE_BUCKET_URL"),
    ])
    func `a refusal of the file system says what to do`(_ number: Int32, _ code: ObjectStoreError.Code, _ text: String)
    {
        let call = FileCallError(call: "write", path: "data/public/a.json", errno: number)
        let error = ObjectStoreError(call, operation: .put, key: "a.json", store: "file:data/public")
        #expect(error.code == code)
        #expect(error.description.hasPrefix("put a.json in file:data/public: cannot write data/public/a.json: "))
        #expect(error.remedy?.contains(text) == true)
    }

    @Test func `a directory that was removed meanwhile is made again`() async throws {
        try await Self.withDirectory { root in
            let store = DirectoryObjectStore(path: root)
            _ = try await store.put(Self.object("p2/a"))
            try FileManager.default.removeItem(atPath: root + "/p2")
            _ = try await store.put(Self.object("p2/b"))
            try FileManager.default.removeItem(atPath: root)
            _ = try await store.put(Self.object("p2/c"))
            #expect(try await store.list(prefix: "", continuing: nil).objects.map(\.key) == ["p2/c"])
        }
    }

    @Test func `an edited file has another ETag`() async throws {
        try await Self.withDirectory { root in
            let store = DirectoryObjectStore(path: root)
            let version = try await store.put(Self.object("a", "right"))
            try Self.write("wrong", to: root + "/a")
            #expect(try await store.head("a")?.etag != version.etag)
            #expect(try await store.list(prefix: "", continuing: nil).objects.first?.etag != version.etag)
        }
    }

    @Test func `links are followed, and what is no object is not listed`() async throws {
        try await Self.withDirectory { root in
            let store = DirectoryObjectStore(path: root + "/public")
            _ = try await store.put(Self.object("a"))
            try FileManager.default.createDirectory(atPath: root + "/elsewhere", withIntermediateDirectories: true)
            try Self.write("x", to: root + "/elsewhere/file")
            for (link, target) in [
                ("linked", "../elsewhere"), ("circle", "."), ("dangling", "nowhere"), ("self", "self"),
            ] {
                try FileManager.default.createSymbolicLink(
                    atPath: "\(root)/public/\(link)",
                    withDestinationPath: target
                )
            }
            #expect(mkfifo(root + "/public/pipe", 0o600) == 0)
            let keys = try await store.list(prefix: "", continuing: nil).objects.map(\.key)
            #expect(keys.filter { !$0.hasPrefix("circle/") } == ["a", "linked/file"])
            #expect(try await store.head("dangling") == nil)
        }
    }

    @Test func `a large directory is read again when it changed`() async throws {
        try await Self.withDirectory { root in
            let store = DirectoryObjectStore(path: root)
            try await forEachConcurrently(0..<1_100, limit: 8) { _ = try await store.put(Self.object("p2/\($0)")) }
            try Self.age(root + "/p2", seconds: 10)
            #expect(try await TestStore.allObjects(of: store).count == 1_100)
            try FileManager.default.removeItem(atPath: root + "/p2/7")
            #expect(try await TestStore.allObjects(of: store).count == 1_099)
            _ = try await store.put(Self.object("p2/x"))
            #expect(try await TestStore.allObjects(of: store).last?.key == "p2/x")
        }
    }
}
