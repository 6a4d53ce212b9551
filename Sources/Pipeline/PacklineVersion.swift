package enum PacklineVersion {
    package static let current = "0.1.0"
}
