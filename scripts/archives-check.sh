#!/usr/bin/env bash
# archives-check.sh WORK_FOLDER directory|s3
# Archives of our own, as a user has them: the real Composer installs from them with upstream switched off; a lock of
# before all tags were rewritten installs as well, from a database that was thrown away and filled again too; and one
# wrong byte is refused.
. "$(dirname "$0")/lib.sh"
: "${PACKLINE_TEST_BIN:?run this through make test}"
(($# == 2)) || fail "usage: archives-check.sh WORK_FOLDER directory|s3"
work=$(realpath -m "$1") bucket=$2 bin=$PACKLINE_TEST_BIN
rm -rf "$work"
mkdir -p "$work/public"
cd "$root"
pids=()
trap 'for pid in "${pids[@]}"; do stop_process "$pid"; done' EXIT

upstream_port=$(free_port) files_port=$(free_port)
upstream=http://127.0.0.1:$upstream_port files=http://127.0.0.1:$files_port
in_background "$work/upstream.log" "$bin/packline-sandbox" --only upstream --port "$upstream_port" --world builtin \
    --composer acme=packagist:6:1
upstream_pid=$started
pids+=("$upstream_pid")
wait_for_url "$upstream/" "$upstream_pid" "$work/upstream.log"

case $bucket in
    directory)
        export PACKLINE_BUCKET_URL=file:$work/public
        in_background "$work/files.log" python3 -m http.server --bind 127.0.0.1 --directory "$work/public" "$files_port"
        ;;
    s3)
        store_port=$(free_port)
        export PACKLINE_BUCKET_URL=s3://packline PACKLINE_S3_ENDPOINT=http://127.0.0.1:$store_port
        export AWS_ACCESS_KEY_ID=sandbox AWS_SECRET_ACCESS_KEY=sandboxsecret
        in_background "$work/files.log" "$bin/packline-sandbox" --only s3 --port "$store_port" --website packline \
            --website-port "$files_port"
        ;;
    *) fail "the bucket is directory or s3, not '$bucket'" ;;
esac
pids+=("$started")
wait_for_url "$files/" "$started" "$work/files.log"

export PACKLINE_SOURCES=wordpress-plugins,wordpress-themes,composer:acme PACKLINE_COMPOSER_URL=$upstream/acme
export PACKLINE_WPORG_API_URL=$upstream PACKLINE_WPORG_DOWNLOADS_URL=$upstream
export PACKLINE_WPORG_PLUGINS_SVN_URL=$upstream/svn/plugins PACKLINE_WPORG_THEMES_SVN_URL=$upstream/svn/themes
export PACKLINE_WPORG_PUBLISHED_PLUGINS_SVN_URL=$upstream/svn/plugins
export PACKLINE_WPORG_PUBLISHED_THEMES_SVN_URL=$upstream/svn/themes
export PACKLINE_ARCHIVES=eager PACKLINE_ARCHIVES_URL=$files PACKLINE_TEMP_DIR=$work

# An archive of WordPress.org counts once a look some minutes later has shown nothing new: as if they had gone by.
minutes_later() {
    python3 - "$work/$1.sqlite" <<'PYTHON'
import sqlite3
import sys

with sqlite3.connect(sys.argv[1], timeout=60) as database:
    database.execute("UPDATE archives SET fetched_at_ms = fetched_at_ms - 600000")
    database.execute("UPDATE archives SET due_at_ms = 0 WHERE due_at_ms > 0")
PYTHON
}

# round DATABASE: twice, with minutes in between, after which documents name all archives.
round() {
    export PACKLINE_DATABASE_URL=sqlite:$work/$1.sqlite
    "$bin/packline" run
    minutes_later "$1"
    "$bin/packline" run
}

# control NAME JSON: changes what the sandbox imitates.
control() { curl --silent --show-error --fail --noproxy '*' --output /dev/null --data "$2" "$upstream/_sandbox/$1"; }

# names TYPE COUNT: names of packages that have an archive of ours.
names() {
    python3 - "$files" "$1" "$2" "$work/names-of-all" <<'PYTHON'
import json
import sqlite3
import sys
import urllib.request

files, vendor, count, database = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4].replace("names-of-all", "first.sqlite")
with sqlite3.connect(database, timeout=60) as connection:
    rows = connection.execute("SELECT key FROM objects WHERE kind = 'document' ORDER BY key").fetchall()
found = []
for key, in rows:
    if not key.startswith(f"p2/{vendor}/") or "~dev" in key:
        continue
    document = json.load(urllib.request.urlopen(f"{files}/{key}"))
    for name, versions in document["packages"].items():
        if versions and versions[0].get("dist", {}).get("url", "").startswith(f"{files}/dist/"):
            found.append(name)
for name in found[:count]:
    print(name)
PYTHON
}

project=$work/site
export COMPOSER_HOME=$work/home COMPOSER_ALLOW_SUPERUSER=1 COMPOSER_NO_INTERACTION=1 NO_COLOR=1

# composer_from_nothing NAME COMMAND: with nothing in the cache and nothing installed.
composer_from_nothing() {
    rm -rf "$COMPOSER_HOME" "$project/vendor" "$project/wp-content"
    (cd "$project" && composer "$2" --no-progress) >"$work/$1.log" 2>&1
}

expect_installed() {
    composer_from_nothing "$1" "$2" || { cat "$work/$1.log"; fail "composer $2 failed: $1"; }
    local name
    for name in "${wanted[@]}"; do
        case $name in
            wp-plugin/*) folder=wp-content/plugins/${name#*/} ;;
            wp-theme/*) folder=wp-content/themes/${name#*/} ;;
            *) folder=vendor/$name ;;
        esac
        [ -n "$(find "$project/$folder" -type f -print -quit 2>/dev/null)" ] || fail "$folder is empty: $1"
    done
    say "Composer installed ${#wanted[@]} packages: $1"
}

round first
mapfile -t wanted < <(names wp-plugin 20; names wp-theme 2; names acme 1)
((${#wanted[@]} == 23)) || fail "${#wanted[@]} of 23 packages have an archive of ours: ${wanted[*]}"
mkdir -p "$project"
python3 - "$files" "$root/scripts/composer-installers" "${wanted[@]}" >"$project/composer.json" <<'PYTHON'
import json
import sys

url, installers, names = sys.argv[1], sys.argv[2], sys.argv[3:]
print(json.dumps({
    "repositories": {
        "packline": {"type": "composer", "url": url},
        "installers": {"type": "path", "url": installers, "options": {"symlink": False}},
        "packagist.org": False,
    },
    "require": {name: "*" for name in names},
    "config": {"secure-http": False, "allow-plugins": {"composer/installers": True}},
}, indent=4))
PYTHON
expect_installed "before anything changes" update
cp "$project/composer.lock" "$work/old.lock"
grep -q '"shasum": "[0-9a-f]\{40\}"' "$work/old.lock" || fail "the lock has no checksum"

# Tags are rewritten, versions come, and the repository moves on.
for name in "${wanted[@]}"; do
    case $name in
        wp-plugin/*)
            version=$(python3 -c 'import json, sys
for package in json.load(open(sys.argv[1]))["packages"]:
    if package["name"] == sys.argv[2]: print(package["source"]["reference"].partition("@")[0].removeprefix("tags/"))' \
                "$work/old.lock" "$name")
            # Some have no tags, and their live version is trunk.
            change=rewrite-tag
            [ "$version" != trunk ] || change=trunk
            control commit "{\"directory\": \"plugins\", \"slug\": \"${name#*/}\", \"change\": \"$change\", \"tag\": \"$version\"}"
            ;;
    esac
done
control composer-publish '{"count": 6, "change": "release"}'
round first
archives=$(python3 -c 'import sqlite3, sys
print(sqlite3.connect(sys.argv[1]).execute("SELECT count(*) FROM archives WHERE object_key IS NOT NULL").fetchone()[0])' \
    "$work/first.sqlite")

# A database that is thrown away and filled again.
export PACKLINE_DATABASE_URL=sqlite:$work/second.sqlite
"$bin/discover"
"$bin/update"
# 1: the documents in the bucket are not what the new database would write, and it mended that.
"$bin/sync" verify --repair || (($? == 1))
round second
python3 - "$work" <<'PYTHON'
import sqlite3
import sys

def ask(name, question):
    return sqlite3.connect(f"{sys.argv[1]}/{name}.sqlite").execute(question).fetchall()


keys = "SELECT object_key FROM archives WHERE object_key IS NOT NULL AND is_listed = 1"
first, second = (set(ask(name, keys)) for name in ("first", "second"))
adopted, fetched = (
    sum(row[0] or 0 for row in ask("second", f"SELECT json_extract(counters, '$.{name}') FROM pipeline_runs"))
    for name in ("archives_adopted", "archives_fetched"))
# A new database knows no revisions of tags, so that those that were rewritten are fetched: they have the same bytes.
if first != second or adopted < len(first) or fetched > 20:
    sys.exit(f"{len(first)} archives and {len(second)} after {adopted} were adopted and {fetched} fetched: {first ^ second}")
PYTHON

say "switching upstream off: $archives archives are there"
stop_process "$upstream_pid"
expect_installed "after the tags were rewritten, without upstream" update
cmp --silent "$project/composer.lock" "$work/old.lock" && fail "the lock is as before, although tags were rewritten"
cp "$work/old.lock" "$project/composer.lock"
expect_installed "the old lock, without upstream" install

# One wrong byte, and the right ones again.
if [ "$bucket" = directory ]; then
    key=$(python3 -c 'import json, sys
print(json.load(open(sys.argv[1]))["packages"][0]["dist"]["url"].partition("/dist/")[2])' "$work/old.lock")
    archive=$work/public/dist/$key
    cp "$archive" "$work/right.zip"
    python3 - "$archive" <<'PYTHON'
import sys

with open(sys.argv[1], "r+b") as file:
    file.seek(40)
    byte = file.read(1)
    file.seek(40)
    file.write(bytes([byte[0] ^ 1]))
PYTHON
    composer_from_nothing "a wrong byte" install && fail "Composer took an archive with a wrong byte"
    grep -qi 'checksum' "$work/a wrong byte.log" || { cat "$work/a wrong byte.log"; fail "it was no checksum"; }
    cp "$work/right.zip" "$archive"
    expect_installed "the right bytes again" install
fi
