import NIOHTTP1
import Testing
import Transport

@Suite struct RetryAfterTests {
    @Test(
        arguments: [
            ("120", 120), ("0", 0), ("-5", 0), ("99999999999", 86_400), ("9223372036854775807", 86_400),
            ("Thu, 21 Mar 2024 06:57:12 GMT", 60), ("Thu, 21 Mar 2024 06:00:00 GMT", 0),
            ("Wed, 21 Oct 9999 07:29:30 GMT", 86_400),
            ("soon", nil), ("", nil), ("Thu, 40 Mar 2024 06:00:00 GMT", nil), ("Thu, 21 Mar 2024 24:00:00 GMT", nil),
            ("Wed, 21 Oct -99999999 07:29:30 GMT", nil), ("a b c d e f", nil), ("99999999999999999999", nil),
        ] as [(String, Int64?)]
    )
    func `Retry-After is seconds, or a date by the answer's own clock`(_ value: String, _ seconds: Int64?) {
        let headers: HTTPHeaders = ["Retry-After": value, "Date": "Thu, 21 Mar 2024 06:56:12 GMT"]
        #expect(RetryAfter.duration(headers) == seconds.map { .seconds($0) })
    }

    @Test func `without a date of its own an answer's date is one by this machine's clock`() {
        #expect(RetryAfter.duration(["Retry-After": "Thu, 21 Mar 2024 06:57:12 GMT"]) == .zero)
        #expect(RetryAfter.duration([:]) == nil)
    }
}
