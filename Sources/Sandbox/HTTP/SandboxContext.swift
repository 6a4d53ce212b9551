import Hummingbird
import NIOCore

/// What a responder needs beside the request: the connection, for faults that break it.
struct SandboxContext: InitializableFromSource {
    let channel: any Channel

    init(source: ApplicationRequestContextSource) { self.channel = source.channel }
}
