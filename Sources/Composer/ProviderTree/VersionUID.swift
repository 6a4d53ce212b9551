/// The `uid` that Composer tells versions apart by in a provider tree and beside `metadata-url` in a root.
package enum VersionUID {
    /// 63 bits of a hash, so that it is the same in every run and no other version's: never a counter.
    package static func uid(name: String, versionNormalized: String) -> Int64 {
        // A NUL is in no name, so that no two pairs make one text.
        let hash = ContentHash(of: Array(name.utf8) + [0] + Array(versionNormalized.utf8))
        return hash.bytes.prefix(8).reduce(Int64(0)) { $0 << 8 | Int64($1) } & .max
    }
}
