/// A tar with the same bytes for the same content, in the form of POSIX.1-1988 (ustar).
struct TarArchive {
    private static let block = 512

    private var bytes: [UInt8] = []
    private let seconds: Int64

    /// - Parameter seconds: The date of every entry, since 1970.
    init(seconds: Int64) { self.seconds = max(0, seconds) }

    /// - Parameter name: At most 100 bytes.
    mutating func add(name: String, _ content: [UInt8]) {
        var header: [UInt8] = []
        func append(_ text: String, _ length: Int) {
            header += text.utf8.prefix(length)
            header += repeatElement(0, count: max(0, length - text.utf8.count))
        }
        append(name, 100)
        append("0000644", 8)
        append("0000000", 8)
        append("0000000", 8)
        append(Self.octal(Int64(content.count), 11), 12)
        append(Self.octal(self.seconds, 11), 12)
        // The sum of the header's bytes, in which it counts as spaces itself; then a plain file.
        append("        0", 9)
        append("", 100)
        append("ustar\u{0}00", 8)
        append("", Self.block - header.count)
        let sum = header.reduce(0) { $0 + Int64($1) }
        header.replaceSubrange(148..<156, with: Array("\(Self.octal(sum, 6))\u{0} ".utf8))
        self.bytes += header
        self.bytes += content
        self.fill(to: Self.block)
    }

    /// The whole archive, in records of twenty blocks, as `tar` writes them.
    func finished() -> [UInt8] {
        var archive = self
        archive.bytes += repeatElement(0, count: 2 * Self.block)
        archive.fill(to: 20 * Self.block)
        return archive.bytes
    }

    private mutating func fill(to length: Int) {
        let rest = self.bytes.count % length
        if rest > 0 { self.bytes += repeatElement(0, count: length - rest) }
    }

    private static func octal(_ number: Int64, _ digits: Int) -> String {
        let text = String(number, radix: 8)
        return String(repeating: "0", count: max(0, digits - text.utf8.count)) + text
    }
}
