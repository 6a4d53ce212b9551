extension SandboxWorld {
    /// A small world with well-known slugs, for a first run: 30 plugins and 8 themes, some with an odd history.
    package static var builtIn: SandboxWorld {
        get throws(SandboxError) {
            let world = SandboxWorld(seed: 1, startSeconds: CivilTime.seconds(year: 2024, month: 1, day: 1))
            for entry in BuiltInPackages.plugins { try world.add(.plugins, entry.package, tags: entry.tags) }
            for entry in BuiltInPackages.themes { try world.add(.themes, entry.package, tags: entry.tags) }
            try world.commit(.plugins, slug: "health-check", .trunk(version: "1.7.1"))
            try world.commit(.plugins, slug: "wp-crontrol", .tag("1.19.0-beta1", isLive: false))
            try world.commit(.plugins, slug: "classic-widgets", .assets)
            try world.commit(.plugins, slug: "wordpress-importer", .rewriteTag("0.8.3"))
            try world.commit(.themes, slug: "twentytwentyfive", .tag("1.2", isLive: false))
            try world.close(slug: "limit-login-attempts", SandboxClosure(date: "2024-01-20", reason: "security-issue"))
            // Committed to, and never a plugin.
            try world.add(.plugins, SandboxPackage(slug: "not-approved-yet"))
            try world.setListed(.plugins, slug: "not-approved-yet", false)
            return world
        }
    }
}
