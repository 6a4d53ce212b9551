import Composer

extension DocumentName {
    /// A link to the package's page.
    func link(_ text: String) -> HTML { "<a href=\"\(SitePath.package(self.package))\"><bdi>\(text)</bdi></a>" }
}
