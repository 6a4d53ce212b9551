/// What is signed of a request, beside its body.
struct SignedRequest {
    var method: String
    var target: RequestTarget
    /// The value of a header by its lower-case name; empty when it was not sent.
    var header: (Substring) -> String
}
