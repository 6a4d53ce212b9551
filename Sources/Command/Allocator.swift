import CMalloc

/// The C library's allocator.
package enum Allocator {
    /// Keeps some freed memory for what comes next.
    ///
    /// glibc gives the end of a thread's heap back to the kernel from 128 KB on. Buffers of network and database come and
    /// go by more than that all the time: giving back and asking anew took a tenth of the CPU time of `sync` and a quarter
    /// of that of `serve`, for about 5 MB of memory. See mallopt(3).
    package static func keepFreedMemory() {
        #if canImport(Glibc)
            _ = mallopt(M_TRIM_THRESHOLD, 16 << 20)
            _ = mallopt(M_MMAP_THRESHOLD, 1 << 20)
        #endif
    }
}
