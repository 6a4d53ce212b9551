#!/usr/bin/env bash
# install.sh [build] [run] [servers] [composer] [lint] [bench] [web] [api] [deploy] [image] [proxy] [shells]
# Installs what is missing of the named groups: Debian packages with apt-get, Python packages into .cache/python.
# Silent and quick when nothing is missing.
. "$(dirname "$0")/lib.sh"

packages=()
environments=()
unpacked=()
for group in "$@"; do
    case $group in
        # patch: what the tests let judge a diff.
        build) packages+=(git curl patch pkg-config libdeflate-dev libpq-dev libsqlite3-dev zlib1g-dev) ;;
        # apache2-bin, not apache2: the latter would start a server on port 80.
        servers)
            packages+=(apache2-bin libapache2-mod-svn subversion postgresql pgbouncer openssl curl python3 python3-venv)
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
            # nginx-light and wrk: a peer of serve, and what asks both.
            packages+=(python3 python3-venv time postgresql openssl nginx-light wrk)
            environments+=(bench)
            ;;
        # A browser for the pages, and promtool, which is taken out of its package: that would start a server.
        web)
            packages+=(chromium fonts-dejavu-core python3)
            unpacked+=(prometheus)
            ;;
        # What asks serve all that its OpenAPI document says.
        api)
            packages+=(python3 python3-venv)
            environments+=(openapi)
            ;;
        # What checks the files of a deployment.
        deploy)
            packages+=(python3 python3-venv shellcheck systemd)
            environments+=(deploy)
            unpacked+=(prometheus)
            ;;
        # A root file system like the runtime image's, and processes that see no more than a container does.
        image) packages+=(debootstrap bubblewrap binutils curl wget python3) ;;
        # A proxy, which sees names that nothing else here does.
        proxy) packages+=(tinyproxy-bin bubblewrap curl python3) ;;
        # What reads completions and pages of the manual.
        shells) packages+=(zsh fish groff mandoc) ;;
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
        # RUNLEVEL=1: the servers among them are not started now; the tests start their own.
        if ! "${as_root[@]}" apt-get update >"$log" 2>&1 </dev/null ||
            ! "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 \
                apt-get install --yes --no-install-recommends "${absent[@]}" >>"$log" 2>&1 </dev/null; then
            tail -n 20 "$log" >&2
            fail "apt-get failed; its output is in $log"
        fi
    fi
else
    say "no apt-get here; these Debian packages, or what answers to them, have to be there: ${packages[*]}"
fi

# What each environment under .cache holds is in requirements/, down to what those packages need themselves, so that two
# machines try the same programs. To take newer ones: install them by hand, and keep what `pip list --format=freeze` says.
for name in "${environments[@]}"; do
    folder=$root/.cache/$name
    requirements=$root/scripts/requirements/$name.txt
    # The copy is made last: it says that the environment is complete.
    if ! cmp --silent "$requirements" "$folder/installed"; then
        say "pip install --requirement scripts/requirements/$name.txt (into .cache/$name)"
        rm -rf "$folder"
        python3 -m venv "$folder"
        "$folder/bin/python3" -m pip install --quiet --disable-pip-version-check --requirement "$requirements"
        cp "$requirements" "$folder/installed"
    fi
done

# Debian packages of which only the files are wanted, in .cache/NAME.
for name in "${unpacked[@]}"; do
    folder=$root/.cache/$name
    [ ! -e "$folder/installed" ] || continue
    say "apt-get download $name (into .cache/$name)"
    rm -rf "$folder"
    mkdir -p "$folder"
    (
        cd "$folder"
        # Only root may update the lists; where they are there, this is not needed.
        apt-get download "$name" >log 2>&1 || { apt-get update >>log 2>&1 && apt-get download "$name" >>log 2>&1; } || {
            tail -n 5 log >&2
            fail "apt-get could not download $name"
        }
        dpkg-deb --extract ./*.deb .
        rm ./*.deb
        touch installed
    )
done
