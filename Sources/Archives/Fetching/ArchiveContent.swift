/// The bytes of an archive, which take up room until nobody has this any more.
package enum ArchiveContent: Sendable {
    case bytes([UInt8], ByteReservation)
    case file(TemporaryFile, ByteReservation)
}
