extension PackageName {
    /// Names of devices that are no file names on Windows.
    private static let reserved: Set<String> = [
        "nul", "con", "prn", "aux", "com1", "com2", "com3", "com4", "com5", "com6", "com7", "com8", "com9", "lpt1",
        "lpt2", "lpt3", "lpt4", "lpt5", "lpt6", "lpt7", "lpt8", "lpt9",
    ]

    /// Whether Composer installs a package of this name, which is in lower case.
    ///
    /// Since 2.10.2 it ends a whole update when a package is resolved whose name is not ``isValid(_:)``, or has a device's
    /// name in it, or ends like a file of JSON (ValidatingArrayLoader, `hasPackageNamingError`).
    package static func isInstallable(_ name: String) -> Bool {
        guard self.isValid(name), !name.hasSuffix(".json") else { return false }
        return name.split(separator: "/").allSatisfy { !self.reserved.contains(String($0)) }
    }
}
