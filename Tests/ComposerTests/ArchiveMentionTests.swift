import Composer
import Testing

@Suite struct ArchiveMentionTests {
    @Test func `every address of an archive is found, however it is written, and no other run of digits`() {
        let first = ContentHash(of: [1]).hexadecimal
        let second = ContentHash(of: [2]).hexadecimal
        let text = #"""
            {"url":"https:\/\/x\/dist\/aa\/bb\/\#(first).zip","other":"https://x/dist/\#(second).tar.gz",
            "not":"\#(first)0.zip \#(first.dropLast()).zip \#(first)/zip","reference":"\#(first)"}
            """#
        var found: [String] = []
        ArchiveMentions.each(in: Array(text.utf8)) { found.append($0.hexadecimal) }
        #expect(found == [first, second])
    }
}
