#!/usr/bin/env python3
"""old-site.py list|object URL: a composer.json as sites of WPackagist have it, in one of the two forms of `repositories`."""
import json
import sys

form, url = sys.argv[1:]
common = {
    "name": "acme/shop",
    "type": "project",
    "license": "proprietary",
    "require": {
        "composer/installers": "^2.2",
        "wpackagist-plugin/akismet": "^5.0",
        "wpackagist-plugin/contact-form-7": "dev-trunk as 5.9.x-dev",
        "wpackagist-theme/twentytwentyfour": "*",
    },
    "require-dev": {"wpackagist-plugin/query-monitor": "*"},
}
only = ["wpackagist-plugin/*", "wpackagist-theme/*"]
if form == "list":
    site = {
        "repositories": [{"type": "composer", "url": url, "only": only}, {"packagist.org": False}],
        **common,
        "config": {"allow-plugins": {"composer/installers": True}, "sort-packages": True},
    }
    print(json.dumps(site, indent=2))
else:
    site = {
        **common,
        "repositories": {"packagist.org": False, "wpackagist": {"type": "composer", "url": url}},
        "minimum-stability": "dev",
        "prefer-stable": True,
        "config": {
            "allow-plugins": {"composer/installers": True},
            "preferred-install": {"wpackagist-plugin/*": "dist", "*": "auto"},
        },
        "extra": {
            "installer-paths": {
                "web/app/mu-plugins/{$name}/": ["wpackagist-plugin/query-monitor"],
                "web/app/plugins/{$name}/": ["vendor:wpackagist-plugin"],
                "web/app/themes/{$name}/": ["vendor:wpackagist-theme"],
            },
            "patches": {"wpackagist-plugin/akismet": {"Quiet": "patches/akismet.patch"}},
            "installer-disable": ["wordpress"],
        },
        "scripts": {"hello": "echo done"},
    }
    # Tabs, Windows' line ends, and slashes as PHP escapes them.
    print(json.dumps(site, indent="\t").replace("/", "\\/").replace("\\/\\/127", "//127").replace("\n", "\r\n"), end="\r\n")
