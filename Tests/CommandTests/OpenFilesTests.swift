import Testing

@testable import Command

@Suite struct OpenFilesTests {
    @Test(arguments: [(1_048_576, 768), (4_096, 768), (1_024, 462), (256, 78), (100, 1), (64, 1)])
    func `however few files there may be, connections and what answers need beside them share them`(
        _ limit: Int,
        _ connections: Int
    ) {
        #expect(OpenFiles.connections(upTo: 768, others: 1_024, below: limit) == connections)
    }
}
