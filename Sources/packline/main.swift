import Command

// Before there are threads: what it says of their heaps is for those that come after it.
Allocator.keepFreedMemory()
await Program.run()
