#!/usr/bin/env bash
# composer-check.sh REPOSITORY_URL WORK_FOLDER PACKAGE[:CONSTRAINT]...
# Lets the real Composer use one repository and nothing else, and fails unless all of it works: update, a second update
# that is answered by 304 only, install from the lock, show of every version, and the files where WordPress wants them.
# composer/installers comes from the stand-in beside this script.
. "$(dirname "$0")/lib.sh"
(($# >= 3)) || fail "usage: composer-check.sh REPOSITORY_URL WORK_FOLDER PACKAGE[:CONSTRAINT]..."
url=$1 work=$(realpath -m "$2")
shift 2

export COMPOSER_HOME=$work/home COMPOSER_ALLOW_SUPERUSER=1 COMPOSER_NO_INTERACTION=1 NO_COLOR=1
rm -rf "$work"
mkdir -p "$COMPOSER_HOME" "$work/site"
cd "$work/site"

python3 - "$url" "$root/scripts/composer-installers" "$@" >composer.json <<'PYTHON'
import json
import sys

url, installers, wanted = sys.argv[1], sys.argv[2], [want.partition(":") for want in sys.argv[3:]]
print(json.dumps({
    "name": "packline/site",
    "description": "A site made of what the repository offers",
    "license": "MIT",
    "repositories": {
        "packline": {"type": "composer", "url": url},
        "installers": {"type": "path", "url": installers, "options": {"symlink": False}},
        "packagist.org": False,
    },
    "require": {name: constraint or "*" for name, _, constraint in wanted},
    "config": {"secure-http": False, "allow-plugins": {"composer/installers": True}},
}, indent=4))
PYTHON

# run NAME ARGUMENTS...: one composer command; its output goes to NAME.log, and to the terminal when it fails.
run() {
    local log=$work/$1.log
    shift
    if ! composer "$@" >"$log" 2>&1; then
        cat "$log" >&2
        fail "composer $* failed against $url; its output is in $log"
    fi
}

# A wanted package's folder: wp-content/plugins/SLUG or wp-content/themes/SLUG.
folder_of() {
    case $(composer show --locked "$1" 2>/dev/null) in
        *wordpress-theme*) printf 'wp-content/themes/%s' "${1#*/}" ;;
        *) printf 'wp-content/plugins/%s' "${1#*/}" ;;
    esac
}

check_files() {
    local want folder
    for want in "$@"; do
        folder=$(folder_of "${want%%:*}")
        [ -n "$(find "$folder" -type f -print -quit 2>/dev/null)" ] || fail "$folder is empty after $step from $url"
    done
}

step=update
run update update --no-progress
check_files "$@"

step='a second update'
run again update --no-progress -vvv
# Composer keeps what it fetched and asks whether it changed: nothing of the repository may be sent again.
if ! grep -qF "[304] $url" "$work/again.log" || grep -qF "[200] $url" "$work/again.log"; then
    grep -E '^(Downloading|\[)' "$work/again.log" >&2 || true
    fail "a second update was not answered by 304 alone from $url"
fi

step='install from the lock'
rm -rf vendor wp-content
run install install --no-progress
check_files "$@"

for want in "$@"; do
    run show show --all --available "${want%%:*}"
    grep -q '^versions : .' "$work/show.log" || fail "composer show names no version of ${want%%:*}"
done
say "Composer $(composer --version 2>/dev/null | sed -n 's/^Composer \(version \)\?\([0-9.]*\).*/\2/p') installed $# packages from $url"
