/// The order in which files that name further files are fetched, each once: `includes` and `provider-includes` can be
/// nested, and a loop or an endless list of them comes to an end.
package struct FileWalk<File: ListedFile>: Sendable {
    /// How many levels below the root are followed; nothing real has more than two.
    package static var maxDepth: Int { 8 }
    /// How many files are fetched at most; Packagist's tree had twenty.
    package static var maxFiles: Int { 5_000 }

    private var waiting: [(file: File, depth: Int)] = []
    private var next = 0
    private var known: Set<String> = []
    /// Files that were left out, because they are too many or too deep: the walk does not see everything then.
    package private(set) var leftOut = 0

    /// - Parameter files: Those that the root names.
    package init(_ files: [File]) { self.add(files, depth: 1) }

    /// The file that is to be fetched now, and how deep it is; nil at the end.
    package mutating func nextFile() -> (file: File, depth: Int)? {
        guard self.next < self.waiting.count else { return nil }
        defer { self.next += 1 }
        return self.waiting[self.next]
    }

    /// Takes in what a file names that ``nextFile()`` gave out.
    package mutating func found(_ files: [File], atDepth depth: Int) { self.add(files, depth: depth + 1) }

    private mutating func add(_ files: [File], depth: Int) {
        for file in files where !self.known.contains(file.url) {
            guard depth <= Self.maxDepth, self.waiting.count < Self.maxFiles else {
                self.leftOut += 1
                continue
            }
            self.known.insert(file.url)
            self.waiting.append((file, depth))
        }
    }
}
