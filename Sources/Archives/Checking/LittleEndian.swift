/// Numbers as zip files have them, least byte first; the place has been found to be there.
extension [UInt8] {
    func number16(_ place: Int) -> Int { Int(self[place]) | Int(self[place + 1]) << 8 }

    func number32(_ place: Int) -> Int { self.number16(place) | self.number16(place + 2) << 16 }

    /// - Throws: ``ArchiveRefusal`` where it is more than any file can have.
    func number64(_ place: Int) throws(ArchiveRefusal) -> Int {
        let high = self.number32(place + 4)
        guard high < 1 << 31 else { throw ArchiveRefusal(.damaged, "it has a size that no file can have") }
        return high << 32 | self.number32(place)
    }
}
