/// The packages of the small world that comes with the sandbox.
enum BuiltInPackages {
    struct Entry {
        var package: SandboxPackage
        var tags: [String]
    }

    static let plugins: [Entry] = [
        Self.plugin(
            "akismet",
            "Akismet Anti-spam: Spam Protection",
            ["5.3.1", "5.3.2", "5.3.3", "5.3.5"],
            php: "5.6.20"
        ),
        Self.plugin("hello-dolly", "Hello Dolly", ["1.6", "1.7.1", "1.7.2"]),
        Self.plugin("classic-editor", "Classic Editor", ["1.6.2", "1.6.3", "1.6.4", "1.6.5"], php: "5.2.4"),
        Self.plugin("classic-widgets", "Classic Widgets", ["0.1", "0.2", "0.3"], php: "5.6"),
        Self.plugin("gutenberg", "Gutenberg", ["19.1.0", "19.2.0", "19.3.0", "19.4.0"], php: "7.2"),
        Self.plugin("wordpress-importer", "WordPress Importer", ["0.8.1", "0.8.2", "0.8.3"], php: "5.6"),
        Self.plugin(
            "jetpack",
            "Jetpack &#8211; WP Security, Backup, Speed, &amp; Growth",
            ["13.8.1", "13.9", "13.9.1"],
            php: "7.0"
        ),
        Self.plugin("woocommerce", "WooCommerce", ["9.3.1", "9.3.2", "9.3.3", "9.4.0-beta.1"], php: "7.4"),
        Self.plugin("wordpress-seo", "Yoast SEO", ["23.5", "23.6", "23.7"], php: "7.2.5"),
        Self.plugin("contact-form-7", "Contact Form 7", ["5.9.7", "5.9.8"], php: "7.4"),
        Self.plugin("elementor", "Elementor Website Builder", ["3.24.6", "3.24.7", "3.25.0-beta2"], php: "7.4"),
        Self.plugin("advanced-custom-fields", "Advanced Custom Fields (ACF&#174;)", ["6.3.7", "6.3.8"], php: "7.4"),
        Self.plugin("redirection", "Redirection", ["5.4.2", "5.5.0"], php: "7.2"),
        Self.plugin("query-monitor", "Query Monitor", ["3.16.3", "3.16.4"], php: "7.4"),
        Self.plugin("user-switching", "User Switching", ["1.7.3", "1.8.0"], php: "7.4"),
        Self.plugin("wp-crontrol", "WP Crontrol", ["1.17.0", "1.17.1"], php: "7.4"),
        Self.plugin("health-check", "Health Check &amp; Troubleshooting", [], php: "5.6"),
        Self.plugin("debug-bar", "Debug Bar", ["1.1.5", "1.1.6"]),
        Self.plugin("regenerate-thumbnails", "Regenerate Thumbnails", ["3.1.5", "3.1.6"], php: "5.2.4"),
        Self.plugin("really-simple-ssl", "Really Simple Security", ["9.1.1", "9.1.1.1"], php: "7.4"),
        Self.plugin("wp-super-cache", "WP Super Cache", ["1.12.3", "1.12.4"], php: "7.2"),
        Self.plugin("autoptimize", "Autoptimize", ["3.1.11", "3.1.12"], php: "5.6"),
        Self.plugin("duplicate-post", "Yoast Duplicate Post", ["4.4", "4.5"], php: "5.6.20"),
        Self.plugin("limit-login-attempts", "Limit Login Attempts", ["1.7.0", "1.7.1", "1.7.2"]),
        Self.plugin("two-factor", "Two Factor", ["0.9.0", "0.9.1"], php: "5.6"),
        Self.plugin("buddypress", "BuddyPress", ["14.0.0", "14.1.0", "v14.1.0"], php: "5.6"),
        Self.plugin("bbpress", "bbPress", ["2.6.10", "2.6.11"], php: "5.6.20"),
        Self.plugin(
            "woocommerce-gateway-stripe",
            "WooCommerce Stripe Payment Gateway",
            ["8.7.0", "8.8.0"],
            needs: "woocommerce"
        ),
        Self.plugin("host-webfonts-local", "OMGF | GDPR/DSGVO Compliant Google Fonts", ["5.9.0", "5.9.1"], php: "7.3"),
        Self.plugin("safe-svg", "Safe SVG", ["2.2.5", "2.2.6", "2.3.0"], php: "7.4"),
    ]

    static let themes: [Entry] = [
        Self.theme("twentytwentytwo", "Twenty Twenty-Two", ["1.7", "1.8"]),
        Self.theme("twentytwentythree", "Twenty Twenty-Three", ["1.4", "1.5"]),
        Self.theme("twentytwentyfour", "Twenty Twenty-Four", ["1.0", "1.1", "1.2"]),
        Self.theme("twentytwentyfive", "Twenty Twenty-Five", ["1.0", "1.1"]),
        Self.theme("astra", "Astra", ["4.8.2", "4.8.3"]),
        Self.theme("hello-elementor", "Hello Elementor", ["3.1.0", "3.1.1"]),
        Self.theme("kadence", "Kadence", ["1.2.9", "1.2.10"]),
        Self.theme("whole-numbers", "Whole Numbers", ["1", "2"], parent: "twentytwentyfour"),
    ]

    private static func plugin(
        _ slug: String,
        _ title: String,
        _ tags: [String],
        php: String? = nil,
        needs: String? = nil
    ) -> Entry {
        var package = SandboxPackage(slug: slug, title: title, version: tags.last ?? "1.0")
        package.requires = "5.9"
        package.tested = "6.7"
        package.requiresPHP = php
        package.requiresPlugins = needs.map { [$0] } ?? []
        package.activeInstalls = Int(PackageText.hash(slug) % 5_000) * 1_000
        package.homepage = php == nil ? "" : "https://example.org/\(slug)/"
        return Entry(package: package, tags: tags)
    }

    private static func theme(_ slug: String, _ title: String, _ tags: [String], parent: String? = nil) -> Entry {
        var package = SandboxPackage(slug: slug, title: title, version: tags.last ?? "1.0")
        package.requires = "6.4"
        package.requiresPHP = "7.0"
        package.parentTheme = parent
        package.activeInstalls = Int(PackageText.hash(slug) % 900) * 1_000
        return Entry(package: package, tags: tags)
    }
}
