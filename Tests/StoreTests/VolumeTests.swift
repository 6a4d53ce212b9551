import Testing

@testable import Store

/// Which file system a path is on.
@Suite struct VolumeTests {
    private static let mounts = """
        22 1 0:20 / / rw,relatime - ext4 /dev/root rw
        30 22 0:30 / /data rw shared:1 master:2 - nfs4 server:/export rw
        31 30 0:31 / /data/local rw - xfs /dev/sdb rw
        32 22 0:32 / /with\\040blank rw - cifs //server/x rw
        broken line
        """

    @Test(arguments: [
        ("/etc/passwd", "ext4"), ("/data/a/b", "nfs4"), ("/data", "nfs4"), ("/database", "ext4"),
        ("/data/local/x.sqlite", "xfs"), ("/with blank/x", "cifs"),
    ])
    func `the mount point that is nearest above a path decides`(_ path: String, _ type: String) {
        #expect(Volume.type(of: path, mounts: Self.mounts) == type)
    }

    @Test func `file systems of other machines are known, and what is not there yet is where its folder is`() {
        #expect(Volume(type: "nfs4", freeBytes: nil).isRemote && Volume(type: "cifs", freeBytes: nil).isRemote)
        #expect(!Volume(type: "ext4", freeBytes: nil).isRemote && !Volume(type: nil, freeBytes: nil).isRemote)
        #expect(Volume.existing("/no/such/folder/file") == "/")
        #expect(Volume.existing("none-of-this/file") == ".")
        #expect((Volume(of: "/no/such/file").freeBytes ?? 0) >= 0)
    }
}
