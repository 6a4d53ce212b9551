import CZlib

@testable import Archives

/// Writes zips, right ones and such as no program should.
struct TestZip {
    struct Entry {
        var name: [UInt8]
        var data: [UInt8]
        var method = 8
        var flags = 0
        /// `st_mode` of Unix.
        var mode = 0o100644
        /// What is written of it, where that is not so.
        var crc: UInt32?
        var size: Int?
        var packedSize: Int?
        var offset: Int?
        var localName: [UInt8]?
        var localFlags: Int?
        var version = 20
        var localMethod: Int?
        var localCRC: UInt32?
        var extra: [UInt8] = []
        var localExtra: [UInt8] = []
        /// Bytes between the data and the next entry.
        var after: [UInt8] = []
        var packed: [UInt8]?

        init(_ name: String, _ data: String = "hello", method: Int = 8, mode: Int = 0o100644) {
            self.name = Array(name.utf8)
            self.data = Array(data.utf8)
            self.method = method
            self.mode = mode
        }

        /// The same, changed.
        func with(_ change: (inout Entry) -> Void) -> Entry {
            var entry = self
            change(&entry)
            return entry
        }
    }

    var entries: [Entry]
    var before: [UInt8] = []
    var beforeDirectory: [UInt8] = []
    var afterDirectory: [UInt8] = []
    var comment: [UInt8] = []
    var count: Int?
    var directoryOffset: Int?
    var usesZip64End = false

    init(_ entries: Entry...) { self.entries = entries }

    static func number(_ value: Int, _ bytes: Int) -> [UInt8] {
        (0..<bytes).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }

    var bytes: [UInt8] {
        var bytes = self.before
        var directory: [UInt8] = []
        for entry in self.entries {
            let packed = entry.packed ?? (entry.method == 8 ? Self.deflated(entry.data) : entry.data)
            let crc = Self.number(Int(entry.crc ?? CRC32.of(entry.data)), 4)
            let localCRC = entry.localCRC.map { Self.number(Int($0), 4) } ?? crc
            let sizes =
                Self.number(entry.packedSize ?? packed.count, 4) + Self.number(entry.size ?? entry.data.count, 4)
            let hasDescriptor = (entry.localFlags ?? entry.flags) & 8 != 0
            directory += [0x50, 0x4B, 1, 2, 20, 3] + Self.number(entry.version, 2) + Self.number(entry.flags, 2)
            directory += Self.number(entry.method, 2) + [0, 0, 0x21, 0] + crc + sizes
            directory += Self.number(entry.name.count, 2) + Self.number(entry.extra.count, 2) + [0, 0, 0, 0, 0, 0]
            directory += Self.number(entry.mode << 16, 4) + Self.number(entry.offset ?? bytes.count, 4)
            directory += entry.name + entry.extra
            let localName = entry.localName ?? entry.name
            bytes += [0x50, 0x4B, 3, 4, 20, 0] + Self.number(entry.localFlags ?? entry.flags, 2)
            bytes += Self.number(entry.localMethod ?? entry.method, 2) + [0, 0, 0x21, 0]
            bytes += hasDescriptor ? [UInt8](repeating: 0, count: 12) : localCRC + sizes
            bytes += Self.number(localName.count, 2) + Self.number(entry.localExtra.count, 2)
            bytes += localName + entry.localExtra + packed + entry.after
        }
        bytes += self.beforeDirectory
        let offset = self.directoryOffset ?? bytes.count
        let count = self.count ?? self.entries.count
        bytes += directory + self.afterDirectory
        if self.usesZip64End {
            let place = bytes.count
            bytes += [0x50, 0x4B, 6, 6] + Self.number(44, 8) + [45, 3, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0]
            bytes += Self.number(count, 8) + Self.number(count, 8) + Self.number(directory.count, 8)
            bytes += Self.number(offset, 8) + [0x50, 0x4B, 6, 7, 0, 0, 0, 0] + Self.number(place, 8) + [1, 0, 0, 0]
        }
        bytes += [0x50, 0x4B, 5, 6, 0, 0, 0, 0] + Self.number(count, 2) + Self.number(count, 2)
        bytes += Self.number(directory.count, 4) + Self.number(offset, 4)
        return bytes + Self.number(self.comment.count, 2) + self.comment
    }

    /// Info-ZIP's field for a name in Unicode.
    static func unicodePath(_ path: String, for name: String) -> [UInt8] {
        let value = [1] + Self.number(Int(CRC32.of(Array(name.utf8))), 4) + Array(path.utf8)
        return [0x75, 0x70] + Self.number(value.count, 2) + value
    }

    static func deflated(_ data: [UInt8]) -> [UInt8] { Self.packed(data, windowBits: -15) }

    static func gzipped(_ data: [UInt8]) -> [UInt8] { Self.packed(data, windowBits: 31) }

    private static func packed(_ data: [UInt8], windowBits: Int32) -> [UInt8] {
        var stream = z_stream()
        let size = Int32(MemoryLayout<z_stream>.size)
        deflateInit2_(&stream, 6, Z_DEFLATED, windowBits, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, size)
        defer { deflateEnd(&stream) }
        var (input, count) = (data, 0)
        var output = [UInt8](repeating: 0, count: Int(deflateBound(&stream, uLong(data.count))) + 64)
        input.withUnsafeMutableBufferPointer { input in
            output.withUnsafeMutableBufferPointer { output in
                stream.next_in = input.baseAddress
                stream.avail_in = uInt(input.count)
                stream.next_out = output.baseAddress
                stream.avail_out = uInt(output.count)
                deflate(&stream, Z_FINISH)
                count = output.count - Int(stream.avail_out)
            }
        }
        return Array(output.prefix(count))
    }
}
