import CMalloc

/// The C library's allocator.
package enum Allocator {
    /// Keeps some freed memory for what comes next.
    ///
    /// glibc gives the end of a thread's heap back to the kernel from 128 KB on. Buffers of network and database come and
    /// go by more than that all the time: giving back and asking anew took a tenth of the CPU time of `sync` and a quarter
    /// of that of `serve`, for about 5 MB of memory. See mallopt(3).
    ///
    /// The heap of a thread other than the first grows a page at a time, with a call of mprotect(2) for each: every page that
    /// SQLite keeps is one, 1,500 calls for 100 documents. A heap that begins with room for more asks the kernel once;
    /// what of it is not touched takes no memory.
    package static func keepFreedMemory() {
        #if canImport(Glibc)
            _ = mallopt(M_TRIM_THRESHOLD, 16 << 20)
            _ = mallopt(M_TOP_PAD, 16 << 20)
            _ = mallopt(M_MMAP_THRESHOLD, 1 << 20)
        #endif
    }
}
