#!/usr/bin/env bash
# guides-check.sh WORK_FOLDER
# Runs the commands of docs/using.md and of the README as they are printed, with the real Composer, against the bundled
# upstream. Nothing of them is changed but the address of the repository; Composer's own folder says what
# stands in for Packagist. Prints a line "ok NAME" or "FAILED NAME" for each check, and "ended" at its end.
. "$(dirname "$0")/lib.sh"
: "${PACKLINE_TEST_BIN:?run this through make test}"
(($# == 1)) || fail "usage: guides-check.sh WORK_FOLDER"
work=$(realpath -m "$1") bin=$PACKLINE_TEST_BIN
rm -rf "$work"
mkdir -p "$work/home"
cd "$root"
pids=()
trap 'for pid in "${pids[@]}"; do stop_process "$pid"; done' EXIT

export PATH=$bin:$PATH COMPOSER_HOME=$work/home COMPOSER_ALLOW_SUPERUSER=1 COMPOSER_NO_INTERACTION=1 NO_COLOR=1
# Whoever runs this may have no name for commits, or settings that ask for a signature.
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null
export GIT_AUTHOR_NAME=site GIT_AUTHOR_EMAIL=site@example.org GIT_COMMITTER_NAME=site GIT_COMMITTER_EMAIL=site@example.org
cat >"$COMPOSER_HOME/config.json" <<JSON
{"config": {"secure-http": false},
 "repositories": {"installers": {"type": "path", "url": "$root/scripts/composer-installers", "options": {"symlink": false}},
  "packagist.org": false}}
JSON

# start NAME URL COMMAND...
start() {
    local name=$1 url=$2
    shift 2
    in_background "$work/$name.log" "$@"
    pids+=("$started")
    wait_for_url "$url" "$started" "$work/$name.log"
}

upstream=http://127.0.0.1:$(free_port)
start upstream "$upstream/" "$bin/packline-sandbox" --only upstream --port "${upstream##*:}" --world builtin
export PACKLINE_WPORG_API_URL=$upstream PACKLINE_WPORG_DOWNLOADS_URL=$upstream
export PACKLINE_WPORG_PLUGINS_SVN_URL=$upstream/svn/plugins PACKLINE_WPORG_THEMES_SVN_URL=$upstream/svn/themes
export PACKLINE_WPORG_PUBLISHED_PLUGINS_SVN_URL=$upstream/svn/plugins
export PACKLINE_WPORG_PUBLISHED_THEMES_SVN_URL=$upstream/svn/themes

# repository NAME VENDORS: fills one, and serves its folder at the address in the variable of that name.
repository() {
    local -n address=$1
    # shellcheck disable=SC2034  # it is the caller's
    address=http://127.0.0.1:$(free_port)
    PACKLINE_VENDORS=$2 PACKLINE_DATABASE_URL=sqlite:$work/$1.sqlite PACKLINE_BUCKET_URL=file:$work/$1 \
        "$bin/packline" run >"$work/$1-run.log" 2>&1 || { cat "$work/$1-run.log"; fail "the repository '$1' was not filled"; }
    start "$1-files" "$address/packages.json" \
        python3 -m http.server --bind 127.0.0.1 --directory "$work/$1" "${address##*:}"
}
repository ours wp-plugin,wp-theme
repository old_names wpackagist-plugin,wpackagist-theme
serve=http://127.0.0.1:$(free_port)
PACKLINE_DATABASE_URL=sqlite:$work/ours.sqlite start serve "$serve/healthz" "$bin/serve" --port "${serve##*:}"
private=http://127.0.0.1:$(free_port)
PACKLINE_DATABASE_URL=sqlite:$work/ours.sqlite PACKLINE_AUTH_BASIC=site:open-sesame \
    start private "$private/healthz" "$bin/serve" --port "${private##*:}"

# What WPackagist says of a version: it has no dist.reference. It has a host of its own, which no test asks: a site is
# locked here, and its file says wpackagist.org afterwards.
python3 - "$work/old_names" "$work/wpackagist" <<'PYTHON'
import json
import pathlib
import shutil
import sys

shutil.copytree(sys.argv[1], sys.argv[2])
for file in pathlib.Path(sys.argv[2], "p2").rglob("*.json"):
    document = json.loads(file.read_bytes())
    for versions in document["packages"].values():
        for version in versions:
            version.get("dist", {}).pop("reference", None)
    file.write_text(json.dumps(document))
PYTHON
# shellcheck disable=SC2154  # old_names, ours: set by repository
wpackagist=http://127.0.0.1:$(free_port)
start wpackagist "$wpackagist/packages.json" \
    python3 -m http.server --bind 127.0.0.1 --directory "$work/wpackagist" "${wpackagist##*:}"

# guide HEADING ADDRESS [KIND]: what docs/using.md prints there, in this folder.
guide() {
    "$root/scripts/guide.py" "$root/docs/using.md" "$1" ${3:+"$3"} |
        sed "s|https://packline.example.com|$2|g; s|packline\.example\.com|${2#*//}|g" >"$work/guide.sh"
    cat "$work/guide.sh"
    bash -euo pipefail "$work/guide.sh"
}

# The versions of a lock, as "slug version".
versions_of() {
    python3 -c 'import json, sys
lock = json.load(open(sys.argv[1]))
for package in sorted(lock["packages"] + lock["packages-dev"], key=lambda package: package["name"].split("/")[1]):
    print(package["name"].split("/")[1], package["version"])' "$1"
}

has() { [ -n "$(find "$1" -type f -print -quit)" ]; }

# A site

new_site() {
    rm -rf "$work/site"
    mkdir "$work/site"
    cd "$work/site"
    guide "Add it to a site" "$1"
    has wp-content/plugins/akismet
    has wp-content/themes/twentytwentyfour
}

where_things_are_put() {
    cd "$work/site"
    guide "Where things are put" "$1"
    has web/app/mu-plugins/safe-svg
    has web/app/plugins/akismet
    has web/app/themes/twentytwentyfour
}

which_versions() {
    cd "$work/site"
    guide "Which versions" "$1"
    versions_of composer.lock | grep '^akismet 5\.'
    versions_of composer.lock | grep -x 'contact-form-7 dev-trunk'
}

audited() {
    cd "$work/site"
    guide "Audit" "$1"
}

private_site() {
    cd "$work/site"
    composer config repositories.packline composer "$private"
    rm -rf "$COMPOSER_HOME/auth.json" auth.json
    if composer update --no-cache; then
        echo "Composer read a private repository without a password"
        return 1
    fi
    guide "A private repository" "$private"
    grep -q open-sesame auth.json
}

# Sites that were made before

# old_site FORM: with a lock that is older than what upstream has, and wpackagist.org in its composer.json.
old_site() {
    rm -rf "$work/old-site"
    mkdir "$work/old-site"
    cd "$work/old-site"
    "$root/scripts/old-site.py" "$1" "$wpackagist" >composer.json
    composer update --no-install --with wpackagist-plugin/akismet:5.3.2
    composer install
    sed -i "s|$wpackagist|https://wpackagist.org|" composer.json
    versions_of composer.lock >"$work/versions.txt"
    grep -qx 'akismet 5.3.2' "$work/versions.txt"
    git init --quiet
    printf '/vendor/\n/web/\n/wp-content/\n' >.gitignore
    git add .
    git commit --quiet --message='A site of WPackagist'
}

# same_versions PLUGINS_FOLDER: the lock has new names and the versions of before, and both files say nothing of old ones.
same_versions() {
    versions_of composer.lock | diff "$work/versions.txt" -
    has "$1/akismet"
    if grep -n '"wpackagist\|wpackagist\.org' composer.json composer.lock; then return 1; fi
    composer validate --no-check-publish --no-check-all
    rm -rf vendor web wp-content
    composer install
    has "$1/akismet"
}

migrated() {
    old_site "$1"
    guide "Migrate from WPackagist" "$2"
    same_versions "$3"
    # Again there is nothing to do, and the printed diff was the change.
    packline migrate --to "$2" 2>&1 | grep -F 'there is nothing to do'
    git stash --quiet
    packline migrate --to "$2" --dry-run >"$work/site.diff"
    packline migrate --to "$2"
    cp composer.json "$work/migrated.json"
    git checkout --quiet .
    git apply -p0 "$work/site.diff"
    cmp composer.json "$work/migrated.json"
}

migrated_by_hand() {
    old_site list
    guide "Migrate from WPackagist" "$1" by-hand
    same_versions wp-content/plugins
}

with_the_same_names() {
    old_site list
    # shellcheck disable=SC2154  # set by repository
    guide "Migrate from WPackagist" "$old_names" same-names
    versions_of composer.lock | diff "$work/versions.txt" -
    grep -q '"wpackagist-plugin/akismet"' composer.json
    rm -rf vendor wp-content
    composer install
    has wp-content/plugins/akismet
}

from_wp_packages() {
    rm -rf "$work/old-site"
    mkdir "$work/old-site"
    cd "$work/old-site"
    cat >composer.json <<JSON
{
	"repositories": [
		{
			"name": "wp-packages",
			"type": "composer",
			"url": "$serve"
		}
	],
	"require": {"wp-plugin\/akismet": "^5.0", "wp-theme/twentytwentyfour": "*"},
	"config": {"allow-plugins": {"composer/installers": true}}
}
JSON
    composer update --with wp-plugin/akismet:5.3.2
    sed -i "s|$serve|https://repo.wp-packages.org|" composer.json
    versions_of composer.lock >"$work/versions.txt"
    guide "Migrate from WP Packages" "$1"
    versions_of composer.lock | diff "$work/versions.txt" -
    grep -qF "\"url\": \"$1\"" composer.json
    rm -rf vendor wp-content
    composer install
    has wp-content/plugins/akismet
}

# A version that upstream has had and has not any more: Composer says which, and one more command settles it.
missing_version() {
    old_site list
    sed -i '/"name": "wpackagist-plugin\/akismet"/,/"version"/s/"version": "5.3.2"/"version": "5.1.77"/' composer.lock
    packline migrate --to "$1"
    if composer update --lock --no-install >"$work/update.txt" 2>&1; then return 1; fi
    cat "$work/update.txt"
    grep -qF 'requires wp-plugin/akismet == 5.1.77' "$work/update.txt"
    composer update --no-install wp-plugin/akismet
    versions_of composer.lock | grep '^akismet 5\.3'
}

says_64() {
    local status=0 output
    output=$(packline migrate "$2" --to "$3" 2>&1) || status=$?
    printf '%s\n' "$output"
    [ "$status" = 64 ]
    grep -qF -- "$1" <<<"$output"
}

readme() {
    rm -rf "$work/readme"
    mkdir "$work/readme"
    cd "$work/readme"
    ln -s "$root/scripts" scripts
    "$root/scripts/guide.py" "$root/README.md" "Point Composer at it" | sed "s|http://127.0.0.1:8080|$serve|g" >"$work/guide.sh"
    cat "$work/guide.sh"
    bash -euo pipefail "$work/guide.sh"
    has data/site/wp-content/plugins/akismet
    has data/site/wp-content/themes/twentytwentyfour
}

# The second part runs for ever: until it has answered, and then it is stopped like a terminal that is closed.
readme_use_it() {
    local port status=0
    port=$(free_port)
    rm -rf "$work/use"
    mkdir "$work/use"
    cd "$work/use"
    {
        "$root/scripts/guide.py" "$root/README.md" "Use it"
        "$root/scripts/guide.py" "$root/README.md" "Use it" keep | sed "s|packline serve|packline serve --port $port|"
    } >"$work/guide.sh"
    cat "$work/guide.sh"
    in_background "$work/use/log" bash -euo pipefail "$work/guide.sh"
    wait_for_url "http://127.0.0.1:$port/packages.json" "$started" "$work/use/log"
    curl --silent --show-error --fail --noproxy '*' "http://127.0.0.1:$port/packages.json" >served.json || status=$?
    stop_process "$started"
    cat log
    [ "$status" = 0 ]
    grep -qF '"metadata-changes-url":"https://packline.example.com/' served.json
    cmp served.json data/public/packages.json
}

# shellcheck disable=SC2154  # set by repository
for address in "$ours" "$serve"; do
    place=serve
    [ "$address" = "$serve" ] || place='a bucket'
    check "docs/using.md: a site that adds $place gets a plugin and a theme" new_site "$address"
done
check "docs/using.md: things are put where installer-paths say" where_things_are_put "$serve"
check "docs/using.md: constraints, branches and aliases" which_versions "$serve"
check "docs/using.md: audit" audited "$serve"
check "docs/using.md: a private repository wants auth.json" private_site
for form in list object; do
    folder=wp-content/plugins
    [ "$form" = list ] || folder=web/app/plugins
    check "docs/using.md: a site of WPackagist ($form of repositories) migrates, with its versions" \
        migrated "$form" "$serve" "$folder"
done
check "docs/using.md: a site of WPackagist migrates to a bucket" migrated list "$ours" wp-content/plugins
check "docs/using.md: a site of WPackagist migrates by hand" migrated_by_hand "$serve"
check "docs/using.md: a site keeps WPackagist's names" with_the_same_names
check "docs/using.md: a site of WP Packages migrates" from_wp_packages "$ours"
check "docs/using.md: a version that is not here is named, and one more command settles it" missing_version "$serve"
check "P14: packline migrate says that a folder has no composer.json" says_64 "no composer.json" "$work/home" "$serve"
check "README: Point Composer at it" readme
check "README: Use it" readme_use_it
echo ended
