import Foundation

/// How much memory this process may take.
enum MemoryLimit {
    /// The smallest limit of the control groups that it is in, or what the machine has.
    static var bytes: Int {
        let machine = Int(clamping: ProcessInfo.processInfo.physicalMemory)
        return self.controlGroupFiles().compactMap(self.number).min().map { min($0, machine) } ?? machine
    }

    /// Files that hold the limits of its groups and of those above them, in both versions of control groups.
    ///
    /// A container sees its own group as the root, whatever it is called outside.
    private static func controlGroupFiles() -> [String] {
        var files: [String] = []
        let groups = (try? String(contentsOfFile: "/proc/self/cgroup", encoding: .utf8)) ?? ""
        for line in groups.split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3 else { continue }
            let isFirstVersion = parts[1].split(separator: ",").contains("memory")
            guard isFirstVersion || parts[1].isEmpty else { continue }
            let root = isFirstVersion ? "/sys/fs/cgroup/memory" : "/sys/fs/cgroup"
            let name = isFirstVersion ? "memory.limit_in_bytes" : "memory.max"
            var group = parts[2].split(separator: "/")
            while true {
                files.append(([root] + group.map(String.init) + [name]).joined(separator: "/"))
                if group.popLast() == nil { break }
            }
        }
        return files
    }

    /// - Returns: nil for `max`, and where there is no such file.
    private static func number(_ file: String) -> Int? {
        guard let text = try? String(contentsOfFile: file, encoding: .utf8) else { return nil }
        return Int(text.prefix { $0.isNumber })
    }
}
