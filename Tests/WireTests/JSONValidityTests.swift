import Testing
import Wire

@Suite struct JSONValidityTests {
    @Test func `bytes are UTF-8 where the standard library says so`() {
        let edges: [UInt8] = [
            0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1, 0xEC, 0xED, 0xEE, 0xEF,
            0xF0,
            0xF1, 0xF3, 0xF4, 0xF5, 0xFF,
        ]
        var wrong: [[UInt8]] = []
        var bytes: [UInt8] = Array("0123456".utf8) + [0, 0, 0, 0]
        for first in edges {
            for second in edges {
                for third in edges {
                    for fourth in edges {
                        bytes.replaceSubrange(7..<11, with: [first, second, third, fourth])
                        let isValid = String(validating: bytes, as: UTF8.self) != nil
                        if (JSONText.firstUndecodable(bytes.span) == nil) != isValid { wrong.append(bytes) }
                    }
                }
            }
        }
        #expect(wrong == [])
    }

    @Test(arguments: [
        (#""\ud83d\ude00""#, nil), (#""\ud83d""#, 1), (#""\ude00\ud83d""#, 1), (#""\ud83dx\ude00""#, 1),
        (#""\\ud83d""#, nil), (#""\u12""#, nil), (#"abcdefgh\"#, nil), (#""\uD83D\uDE00\udfff""#, 13),
    ])
    func `half of a surrogate pair is none`(_ text: String, _ place: Int?) {
        #expect(JSONText.firstUndecodable(Array(text.utf8).span) == place)
    }
}
