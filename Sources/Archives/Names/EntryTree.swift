/// The places that entries take, each of which may be taken once.
///
/// Kept by component, so that memory follows the names' bytes, however deep they are.
struct EntryTree {
    enum Kind: String {
        case folder = "a folder"
        case file = "a file"
        case link = "a link"
    }

    private struct Place: Hashable {
        var parent: Int32
        var name: [UInt8]
    }

    private let limit: Int
    private var places: [Place: Int32] = [:]
    /// By number; 0 is the top.
    private var kinds: [Kind] = [.folder]
    private var depths: [Int32] = [0]
    /// The folder of the entry before: entries of one folder mostly stand together.
    private var last: (path: ArraySlice<UInt8>, number: Int32) = ([], 0)

    /// - Parameter limit: The most places.
    init(limit: Int) { self.limit = limit }

    /// How many files and links there are.
    private(set) var fileCount = 0

    /// Takes the place of an entry.
    ///
    /// A folder may be named as often as it likes: that changes nothing.
    ///
    /// - Returns: How many folders it is in.
    /// - Throws: ``ArchiveRefusal`` where it is taken, or below what is no folder.
    @discardableResult
    mutating func add(_ path: EntryPath, _ kind: Kind) throws(ArchiveRefusal) -> Int {
        let parent = try self.folder(of: path)
        guard let name = path.name else {
            guard kind == .folder else {
                throw ArchiveRefusal(.unsafeName, entry: path.bytes, "its name names nothing")
            }
            return 0
        }
        let place = Place(parent: parent, name: Array(name))
        if let number = self.places[place] {
            let known = self.kinds[Int(number)]
            guard kind == .folder, known == .folder else {
                throw ArchiveRefusal(
                    .duplicateName,
                    entry: path.bytes,
                    kind == known ? "it is there twice" : "it is \(known.rawValue) and \(kind.rawValue)"
                )
            }
        } else {
            _ = try self.insert(place, kind)
            if kind != .folder { self.fileCount += 1 }
        }
        return Int(self.depths[Int(parent)])
    }

    /// Whether a file, and no link, has the place.
    mutating func hasFile(_ path: EntryPath) throws(ArchiveRefusal) -> Bool {
        guard let name = path.name else { return false }
        let number = self.places[Place(parent: try self.folder(of: path), name: Array(name))]
        return number.map { self.kinds[Int($0)] == .file } ?? false
    }

    /// The number of the folder that a path is in, which is made where it is not there.
    private mutating func folder(of path: EntryPath) throws(ArchiveRefusal) -> Int32 {
        if path.folder.elementsEqual(self.last.path) { return self.last.number }
        var number: Int32 = 0
        for component in EntryPath.components(path.folder) {
            let place = Place(parent: number, name: Array(component))
            if let known = self.places[place] {
                guard self.kinds[Int(known)] == .folder else {
                    // What goes through a link goes where the link leads.
                    throw ArchiveRefusal(
                        .unsafeName,
                        entry: path.bytes,
                        "it is below '\(String(decoding: component, as: UTF8.self))', which is \(self.kinds[Int(known)].rawValue)"
                    )
                }
                number = known
            } else {
                number = try self.insert(place, .folder)
            }
        }
        self.last = (path.folder, number)
        return number
    }

    private mutating func insert(_ place: Place, _ kind: Kind) throws(ArchiveRefusal) -> Int32 {
        guard self.places.count < self.limit else {
            throw ArchiveRefusal(.tooLarge, "it has more than \(self.limit) entries and folders")
        }
        let number = Int32(self.kinds.count)
        self.places[place] = number
        self.kinds.append(kind)
        self.depths.append(self.depths[Int(place.parent)] + 1)
        return number
    }
}
