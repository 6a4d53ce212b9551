package import NIOCore

/// What one client, and all clients together, may take of the server.
package struct ServerLimits: Sendable {
    /// Connections at once; one more is closed at once.
    package var connections = 20_000
    /// The same for one address (of IPv6: one network of 64 bits).
    package var connectionsPerClient = 10_000
    /// Bytes of answers that were made and not taken yet; beyond them requests are answered with 503.
    package var untakenBytes = 256 << 20
    /// The same for one address.
    package var untakenBytesPerClient = 128 << 20
    /// Bytes of documents that are kept in memory.
    package var documentCacheBytes = 32 << 20
    /// From connecting to a complete head of a request.
    package var headTimeout = TimeAmount.seconds(10)
    /// From the head of a request to the end of its body.
    package var bodyTimeout = TimeAmount.seconds(30)
    /// From a request to the head of its answer; and from there, or from when the client has taken the answers before it, to
    /// the client's having taken all of it.
    package var responseTimeout = TimeAmount.seconds(120)
    /// What a large answer may take is added to that at this rate.
    package var bytesPerSecond = 16_384
    /// From one part of an answer to the next that a client takes.
    package var stallTimeout = TimeAmount.seconds(20)
    /// The same while there is no room for more answers.
    package var crowdedStallTimeout = TimeAmount.seconds(2)
    /// From an answer to the next request on the same connection.
    package var idleTimeout = TimeAmount.seconds(60)
    /// Requests of one connection that wait for their answers; more are not read.
    package var unansweredRequests = 8
    /// Bytes of the path and query of a request; a longer one is answered with 414.
    package var targetBytes = 2_048
    /// Bytes of one header field, and of the request line; more are answered with 431.
    package var headerFieldBytes = 8_192
    /// Bytes of all header fields together.
    package var headerBytes = 16_384
    package var headerFields = 100
    /// How many requests of a kind are at work, and how many wait; others are answered with 503.
    package var slots = SlotLimits.usual
    /// Who has waited for longer is told to come again; it costs nothing then, so nobody waits for much longer.
    package var longestWait = Duration.seconds(5)
    /// Bytes of the body of a request.
    package var bodyBytes = 65_536
    /// Bytes of all bodies that are at work, or still being sent; beyond them requests are answered with 503.
    package var wholeBodyBytes = 64 << 20

    package init() {}

    /// Limits that fit into that much memory, with what else a server needs.
    ///
    /// A connection takes about 32 KB: those that are allowed take an eighth. Answers that were not taken yet take a
    /// sixth, documents an eighth, bodies of requests a sixteenth. The rest is for the process itself, the caches of the database and
    /// what is being made.
    package init(memoryBytes: Int) {
        self.connections = max(64, min(self.connections, memoryBytes / 8 / 32_768))
        self.untakenBytes = max(8 << 20, min(self.untakenBytes, memoryBytes / 6))
        self.documentCacheBytes = min(self.documentCacheBytes, memoryBytes / 8)
        self.wholeBodyBytes = max(2 << 20, min(self.wholeBodyBytes, memoryBytes / 16))
        self.shareAmongClients(connections: nil)
    }

    /// One client gets half of all, unless it is told otherwise.
    ///
    /// - Parameter connections: Those of one client; 0 where all come from one address, such as that of a proxy.
    package mutating func shareAmongClients(connections: Int?) {
        let isShared = connections != 0
        self.connectionsPerClient =
            isShared ? min(self.connections, connections ?? max(1, self.connections / 2)) : self.connections
        self.untakenBytesPerClient = isShared ? self.untakenBytes / 2 : self.untakenBytes
    }
}
