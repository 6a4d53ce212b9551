import Logging
import Sandbox

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif
#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What is told to the world once the port is open.
struct Announcement: Sendable {
    var printsEnvironment: Bool
    var bucket: String
    var portFile: String?

    func callAsFunction(_ address: SandboxAddress, _ logger: Logger) throws {
        if self.printsEnvironment {
            for (name, value) in address.environment(bucket: self.bucket) { print("export \(name)=\(value)") }
            // A pipe or file would see nothing before the end otherwise.
            fflush(nil)
        }
        if let portFile {
            try Data("\(address.port)\n".utf8).write(to: URL(filePath: portFile), options: .atomic)
        }
        logger.notice("sandbox is up", metadata: ["url": "\(address.baseURL)"])
    }
}
