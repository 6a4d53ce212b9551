<?php

declare(strict_types=1);

namespace Packline\Installers;

use Composer\Installer\LibraryInstaller;
use Composer\Package\PackageInterface;

final class WordPressInstaller extends LibraryInstaller
{
    private const FOLDERS = [
        'wordpress-plugin' => 'wp-content/plugins/',
        'wordpress-theme' => 'wp-content/themes/',
    ];

    public function supports(string $packageType): bool
    {
        return isset(self::FOLDERS[$packageType]);
    }

    public function getInstallPath(PackageInterface $package): string
    {
        [$vendor, $slug] = explode('/', $package->getPrettyName(), 2);
        $ways = [$package->getPrettyName(), 'type:' . $package->getType(), 'vendor:' . $vendor];
        foreach ($this->composer->getPackage()->getExtra()['installer-paths'] ?? [] as $path => $wanted) {
            if (array_intersect($ways, (array) $wanted) !== []) {
                return rtrim(strtr($path, ['{$name}' => $slug, '{$vendor}' => $vendor]), '/');
            }
        }

        return self::FOLDERS[$package->getType()] . $slug;
    }
}
