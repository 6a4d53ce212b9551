import NIOCore
import Synchronization

/// What the clients of a server hold of it: connections, and bytes of answers that they have not taken yet.
final class Clients: Sendable {
    /// All connections from one address.
    final class Client: Sendable {
        fileprivate let address: Address
        fileprivate let connections = Atomic(0)
        fileprivate let untaken = Atomic(0)

        fileprivate init(_ address: Address) { self.address = address }
    }

    private let limits: ServerLimits
    private let connections = Atomic(0)
    private let untaken = Atomic(0)
    private let clients = Mutex<[Address: Client]>([:])

    init(limits: ServerLimits) { self.limits = limits }

    /// - Returns: nil where the server, or that client, has as many connections as it may have.
    func connect(from address: SocketAddress?) -> Client? {
        let address = Address(address)
        return self.clients.withLock { clients in
            let client = clients[address] ?? Client(address)
            guard self.connections.load(ordering: .relaxed) < self.limits.connections,
                client.connections.load(ordering: .relaxed) < self.limits.connectionsPerClient
            else { return nil }
            self.connections.add(1, ordering: .relaxed)
            client.connections.add(1, ordering: .relaxed)
            clients[address] = client
            return client
        }
    }

    func disconnect(_ client: Client) {
        self.clients.withLock { clients in
            self.connections.subtract(1, ordering: .relaxed)
            if client.connections.subtract(1, ordering: .relaxed).newValue == 0 { clients[client.address] = nil }
        }
    }

    /// An answer of that many bytes was made for a client.
    func owe(_ bytes: Int, to client: Client) {
        self.untaken.add(bytes, ordering: .relaxed)
        client.untaken.add(bytes, ordering: .relaxed)
    }

    /// The client has taken them, or never will.
    func settle(_ bytes: Int, with client: Client) {
        self.untaken.subtract(bytes, ordering: .relaxed)
        client.untaken.subtract(bytes, ordering: .relaxed)
    }

    /// Whether one more answer may be made.
    var hasRoom: Bool { self.untaken.load(ordering: .relaxed) < self.limits.untakenBytes }

    /// Whether one more answer may be made for a client: nobody gets all the room there is.
    func hasRoom(for client: Client) -> Bool {
        self.hasRoom && client.untaken.load(ordering: .relaxed) < self.limits.untakenBytesPerClient
    }

    /// An IPv4 address, or the network that one user of IPv6 commonly has: 64 bits.
    fileprivate struct Address: Hashable {
        private let isIPv4: Bool
        private let number: UInt64

        init(_ address: SocketAddress?) {
            switch address {
            case .v4(let address):
                self.isIPv4 = true
                // Behind the family and the port, as in every sockaddr_in.
                self.number = withUnsafeBytes(of: address.address) { Self.number($0[4..<8]) }
            case .v6(let address):
                // Behind those and the flow.
                let bytes = withUnsafeBytes(of: address.address) { Array($0[8..<24]) }
                // An IPv4 address as a socket for both sees it: ten bytes of 0, two of 255.
                self.isIPv4 = bytes.prefix(12) == [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255]
                self.number = Self.number(self.isIPv4 ? bytes[12...] : bytes[..<8])
            default:
                // A socket in the file system: whoever reaches it is one client.
                self.isIPv4 = false
                self.number = 0
            }
        }

        private static func number(_ bytes: some Sequence<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }
    }
}
