/// What a hook decides about a request.
package enum SandboxVerdict: Equatable, Sendable {
    /// It is answered as usual.
    case proceed
    /// It suffers a fault.
    case fail(SandboxFault.Effect)
}
