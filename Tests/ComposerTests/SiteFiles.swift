/// Files of sites as they are found: in Bedrock's form, in the forms that WPackagist and WP Packages document, by hand.
enum SiteFiles {
    static let bedrock = """
        {
          "name": "acme/shop",
          "type": "project",
          "license": "MIT",
          "repositories": [
            {
              "type": "composer",
              "url": "https://wpackagist.org",
              "only": ["wpackagist-plugin/*", "wpackagist-theme/*"]
            }
          ],
          "require": {
            "php": ">=8.0",
            "composer/installers": "^2.2",
            "vlucas/phpdotenv": "^5.5",
            "roots/wordpress": "6.4.2",
            "wpackagist-plugin/akismet": "^5.3",
            "wpackagist-theme/twentytwentyfour": "^1.2"
          },
          "require-dev": {
            "wpackagist-plugin/query-monitor": "^3.16",
            "squizlabs/php_codesniffer": "^3.7.1"
          },
          "config": {
            "optimize-autoloader": true,
            "preferred-install": "dist",
            "allow-plugins": {
              "composer/installers": true,
              "roots/wordpress-core-installer": true
            },
            "sort-packages": true
          },
          "minimum-stability": "dev",
          "prefer-stable": true,
          "extra": {
            "installer-paths": {
              "web/app/mu-plugins/{$name}/": ["type:wordpress-muplugin", "wpackagist-plugin/safe-svg"],
              "web/app/plugins/{$name}/": ["type:wordpress-plugin"],
              "web/app/themes/{$name}/": ["type:wordpress-theme"]
            },
            "wordpress-install-dir": "web/wp"
          },
          "scripts": {
            "post-root-package-install": [
              "php -r \\"copy('.env.example', '.env');\\""
            ]
          }
        }

        """

    static let objectForm = """
        {
            "repositories": {
                "wpackagist": {
                    "type": "composer",
                    "url": "https://wpackagist.org/"
                },
                "acme": {
                    "type": "composer",
                    "url": "https://satis.acme.example",
                    "exclude": ["wpackagist-plugin/*", "wpackagist-theme/*"]
                },
                "packagist.org": false
            },
            "require": {
                "php": ">=8.1",
                "wpackagist-plugin/contact-form-7": "dev-trunk as 5.9.x-dev",
                "wpackagist-plugin/woocommerce": "~8.4.0",
                "acme/theme": "^1.0"
            },
            "conflict": {"wpackagist-plugin/hello-dolly": "*"},
            "replace": {"wpackagist-plugin/jetpack": "*"},
            "suggest": {"wpackagist-theme/astra": "for shops"},
            "config": {
                "allow-plugins": {"composer/installers": true},
                "preferred-install": {
                    "wpackagist-plugin/woocommerce": "source",
                    "*": "dist"
                }
            },
            "extra": {
                "installer-paths": {
                    "public/plugins/{$name}/": ["vendor:wpackagist-plugin", "type:wordpress-plugin"],
                    "public/themes/{$name}/": ["vendor:wpackagist-theme"]
                },
                "installer-disable": [
                    "wordpress",
                    "wpackagist-plugin/akismet"
                ],
                "patches": {
                    "wpackagist-plugin/woocommerce": {
                        "Fix": "patches/wpackagist-plugin/woocommerce.patch"
                    },
                    "acme/theme": {
                        "Colours": "patches/theme.patch"
                    }
                }
            },
            "minimum-stability": "stable",
            "autoload": {
                "psr-4": {
                    "Acme\\\\": "src/"
                }
            },
            "scripts": {
                "unzip": "composer reinstall wpackagist-plugin/akismet"
            }
        }
        """

    /// As `composer config` of 2.9 writes it, with slashes escaped here and there.
    static let wpPackages = #"""
        {
        	"repositories": [
        		{
        			"name": "wp-packages",
        			"type": "composer",
        			"url": "https:\/\/repo.wp-packages.org",
        			"only": ["wp-plugin\/*", "wp-theme/*"]
        		}
        	],
        	"require": {
        		"composer/installers": "^2.2",
        		"wp-plugin\/woocommerce": "^10.0",
        		"wp-theme/twentytwentyfive": "^1.0"
        	}
        }
        """#

    static var all: [String] { [self.bedrock, self.objectForm, self.wpPackages] }

    static let lock = """
        {
            "content-hash": "fea377af0978863265fddb944728abac",
            "packages": [
                {
                    "name": "acme/kit",
                    "version": "1.0",
                    "require": {"wpackagist-plugin/akismet": "*"}
                },
                {
                    "name": "wpackagist-plugin/contact-form-7",
                    "version": "dev-trunk",
                    "source": {
                        "type": "svn",
                        "url": "https://plugins.svn.wordpress.org/contact-form-7/",
                        "reference": "trunk"
                    },
                    "homepage": "https://wordpress.org/plugins/contact-form-7/"
                },
                {"name": "wpackagist-theme/astra", "version": "4.6.1", "require": {"composer/installers": "^1.0 || ^2.0"}}
            ],
            "packages-dev": [{"name": "wpackagist-plugin/query-monitor", "version": "3.16.0"}],
            "aliases": [
                {
                    "package": "wpackagist-plugin/contact-form-7",
                    "version": "dev-trunk",
                    "alias": "5.9.x-dev"
                }
            ],
            "minimum-stability": "stable",
            "stability-flags": {"wpackagist-plugin/contact-form-7": 20},
            "prefer-stable": false,
            "platform": []
        }
        """
}
