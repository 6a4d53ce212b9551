/// Bytes of which nothing can be made smaller, and which no socket holds.
enum LargeDocument {
    static let bytes = {
        var state: UInt64 = 1
        return [UInt8](unsafeUninitializedCapacity: 8 << 20) { bytes, count in
            for index in bytes.indices {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                bytes[index] = UInt8(truncatingIfNeeded: state >> 56)
            }
            count = bytes.count
        }
    }()
}
