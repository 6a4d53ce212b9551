#!/usr/bin/env bash
# end-to-end.sh WORK_FOLDER: what a user does, with the built executables, the real Composer and the real servers whose
# addresses test.sh puts into the environment. Prints a line "ok NAME" or "FAILED NAME" for each check.
. "$(dirname "$0")/lib.sh"
: "${PACKLINE_TEST_BIN:?run this through make test}" "${DATA:?}"
work=$1 bin=$PACKLINE_TEST_BIN
mkdir -p "$work"
cd "$root"
python=$root/.cache/python/bin/python3

expect() {
    [ "$2" = "$3" ] || {
        printf '%s: expected "%s", found "%s"\n' "$1" "$2" "$3"
        return 1
    }
}

address_of() { printf 'http://127.0.0.1:%s' "$(cat "$DATA/run/$1.port")"; }

# packages_in FOLDER TYPE COUNT: names of packages that have a version.
packages_in() {
    python3 - "$@" <<'PYTHON'
import json
import pathlib
import sys

names = []
for file in sorted(pathlib.Path(sys.argv[1], "p2", sys.argv[2]).glob("*.json")):
    for name, versions in json.loads(file.read_bytes())["packages"].items():
        if versions and not file.stem.endswith("~dev"):
            names.append(name)
print("\n".join(names[: int(sys.argv[3])]))
PYTHON
}

# The whole way, as the README says it

make_run() {
    BUCKET=$1 scripts/run.sh >"$work/run-$1.txt" 2>&1 || {
        cat "$work/run-$1.txt"
        return 1
    }
}

printed_commands() {
    export COMPOSER_HOME=$work/composer-home COMPOSER_ALLOW_SUPERUSER=1
    sed -n 's/^    //p' "$1" >"$work/commands.sh"
    grep -q '^composer require' "$work/commands.sh"
    bash -euo pipefail "$work/commands.sh"
    [ -n "$(find "$DATA/site/wp-content/plugins" -name '*.php')" ]
    [ -n "$(find "$DATA/site/wp-content/themes" -name style.css)" ]
    rm -rf "$DATA/site"
}

# page_text URL ID [ARGUMENT OF curl]...: what the element of that id holds, as a browser shows it.
page_text() {
    local url=$1 id=$2
    shift 2
    curl --silent --show-error --fail --noproxy '*' --header 'Accept: text/html' "$@" "$url" | python3 -c '
import html, re, sys
print(html.unescape(re.search(rf"id=\"{sys.argv[1]}\">(.*?)</", sys.stdin.read(), re.DOTALL)[1]))' "$id"
}

# A package's page has all that a project needs which has never heard of the repository.
page_commands() {
    local page=$1/packages/wp-plugin/akismet site=$work/page-site
    export COMPOSER_HOME=$work/composer-home COMPOSER_ALLOW_SUPERUSER=1 COMPOSER_NO_INTERACTION=1
    mkdir -p "$site"
    page_text "$page" setup >"$work/page.sh"
    page_text "$page" command >>"$work/page.sh"
    (
        cd "$site"
        composer init --name=example/site
        composer config repositories.installers path "$root/scripts/composer-installers"
        composer config repositories.packagist.org false
        bash -euo pipefail "$work/page.sh"
        [ -n "$(find wp-content/plugins/akismet -name '*.php')" ]
    )
    rm -rf "$site"
}

install_from() {
    local url=$1 plugins themes
    mapfile -t plugins < <(packages_in "$DATA/public" wp-plugin "$2")
    mapfile -t themes < <(packages_in "$DATA/public" wp-theme 2)
    expect "plugins that have a version" "$2" "${#plugins[@]}"
    scripts/composer-check.sh "$url" "$work/composer-check" "${plugins[@]}" "${themes[@]}"
}

same_bytes_from_serve() {
    local file count=0
    while read -r file; do
        curl --silent --show-error --fail --output "$work/served" "$(address_of serve)/$file"
        cmp "$DATA/public/$file" "$work/served"
        curl --silent --show-error --fail --compressed --output "$work/served" "$(address_of serve)/$file"
        cmp "$DATA/public/$file" "$work/served"
        count=$((count + 1))
    done < <(cd "$DATA/public" && find . -name '*.json' -printf '%P\n')
    ((count > 40))
}

composer_search() {
    local site=$work/search found
    mkdir -p "$site"
    export COMPOSER_HOME=$work/composer-home COMPOSER_ALLOW_SUPERUSER=1 COMPOSER_NO_INTERACTION=1
    cat >"$site/composer.json" <<JSON
{"repositories": {"packline": {"type": "composer", "url": "$(address_of serve)"}, "packagist.org": false},
 "config": {"secure-http": false}}
JSON
    found=$(composer --working-dir="$site" search --format=json akismet)
    printf '%s\n' "$found"
    grep -q '"name": "wp-plugin/akismet"' <<<"$found"
    found=$(composer --working-dir="$site" search --only-name --type=wordpress-theme twenty)
    printf '%s\n' "$found"
    grep -q '^wp-theme/twentytwentyfour' <<<"$found"
    if grep '^wp-plugin/' <<<"$found"; then return 1; fi
}

# A plugin that upstream has closed: Composer says why, and takes it from nowhere else, whoever has the name.
closed_plugin() {
    local site=$work/closed name=wp-plugin/limit-login-attempts status=0
    rm -rf "$site"
    mkdir -p "$site/other"
    export COMPOSER_HOME=$site/home COMPOSER_ALLOW_SUPERUSER=1 COMPOSER_NO_INTERACTION=1 NO_COLOR=1
    cat >"$site/other/packages.json" <<JSON
{"packages": {"$name": {"9.9.9": {"name": "$name", "version": "9.9.9", "type": "metapackage"}}}}
JSON
    cat >"$site/composer.json" <<JSON
{"repositories": [{"type": "composer", "url": "$1"}, {"type": "composer", "url": "file://$site/other"},
 {"packagist.org": false}], "require": {"$name": "*"}, "config": {"secure-http": false}}
JSON
    composer --working-dir="$site" update >"$site/update.txt" 2>&1 || status=$?
    cat "$site/update.txt"
    expect "status of composer update" 2 "$status"
    grep -q "^Warning from .*: $name was closed upstream on 2024-01-20, reason: security-issue" "$site/update.txt"
    [ ! -e "$site/composer.lock" ]
    curl --silent --show-error --fail --noproxy '*' "$1/filter/summary.json" >"$site/summary.json"
    expect "summary of lists" '*' "$(python3 -c 'import json, sys
print(json.load(sys.stdin)["filter"]["closed"][sys.argv[1]])' "$name" <"$site/summary.json")"
    # Nothing is said to be malicious or vulnerable that is only closed.
    expect "lists" closed "$(python3 -c 'import json, sys
print(*json.load(sys.stdin)["filter"])' <"$site/summary.json")"
    # The hole that it would be otherwise: without the first repository, Composer takes what the other one has.
    sed -i 's|{"type": "composer", "url": "http[^}]*}, ||' "$site/composer.json"
    composer --working-dir="$site" update --no-install
    grep -q '"version": "9.9.9"' "$site/composer.lock"
}

# A repository that only those may read who have a password or a token.
private_repository() {
    local port url pid status=0
    port=$(free_port) url=http://127.0.0.1:$port
    PACKLINE_DATABASE_URL=sqlite:$DATA/packline.sqlite PACKLINE_AUTH_BASIC=site:open,other:sesame \
        PACKLINE_AUTH_BEARER=let-me-in in_background "$work/private.log" "$bin/serve" --port "$port"
    pid=$started
    (
        wait_for_url "$url/healthz" "$pid" "$work/private.log"
        expect "status without a password" 401 \
            "$(curl --silent --output "$work/private.json" --write-out '%{http_code}' --noproxy '*' "$url/packages.json")"
        if scripts/composer-check.sh "$url" "$work/private" wp-plugin/akismet 2>"$work/private.txt"; then
            echo "Composer read it without a password"
            exit 1
        fi
        # What the page says to put into auth.json.
        page_text "$url/packages/wp-plugin/akismet" auth --user other:sesame >"$work/auth.json"
        COMPOSER_AUTH=$(sed 's/USER/other/; s/PASSWORD/sesame/' "$work/auth.json") \
            scripts/composer-check.sh "$url" "$work/private" wp-plugin/akismet wp-theme/twentytwentyfour
        COMPOSER_AUTH='{"bearer": {"127.0.0.1:'$port'": "let-me-in"}}' \
            scripts/composer-check.sh "$url" "$work/private" wp-plugin/akismet wp-theme/twentytwentyfour
    ) || status=$?
    stop_process "$pid"
    return "$status"
}

# The limit is that of the container in deploy/kubernetes.
abused_serve() {
    local port url pid status=0
    port=$(free_port) url=http://127.0.0.1:$port
    PACKLINE_DATABASE_URL=sqlite:$DATA/packline.sqlite PACKLINE_SERVE_MEMORY_MB=192 \
        in_background "$work/abused.log" "$bin/serve" --port "$port"
    pid=$started
    (
        wait_for_url "$url/healthz" "$pid" "$work/abused.log"
        scripts/abuse.py "$url" "$pid" 192
    ) || status=$?
    stop_process "$pid"
    return "$status"
}

make_stop() {
    local pids
    pids=$(cut -d' ' -f1 "$DATA"/run/*.pid)
    scripts/stop.sh
    for pid in $pids; do
        if is_running "$pid"; then
            ps -fp "$pid"
            return 1
        fi
    done
}

# Real servers

apache_settings() {
    export PACKLINE_SOURCES=wordpress-plugins,wordpress-themes
    export PACKLINE_WPORG_PLUGINS_SVN_URL=$PACKLINE_TEST_SVN PACKLINE_WPORG_THEMES_SVN_URL=$PACKLINE_TEST_SVN_THEMES
    export PACKLINE_WPORG_PUBLISHED_PLUGINS_SVN_URL=$PACKLINE_TEST_SVN
    export PACKLINE_WPORG_PUBLISHED_THEMES_SVN_URL=$PACKLINE_TEST_SVN_THEMES
    export PACKLINE_DATABASE_URL=sqlite:$work/apache.sqlite
}

discover_from_apache() {
    apache_settings
    "$bin/discover" --from-revision 1
    python3 scripts/compare-facts.py "$work/apache.sqlite" \
        wordpress-plugins="$PACKLINE_TEST_SVN_SUMMARY,$PACKLINE_TEST_SVN" \
        wordpress-themes="$PACKLINE_TEST_SVN_THEMES_SUMMARY"
}

# apache_says TEXT: waits until Apache's log holds it: it answers first and writes its log then.
apache_says() {
    local deadline=$((SECONDS + 60))
    until grep -qF -- "$1" "$PACKLINE_TEST_SVN_ACCESS_LOG"; do
        ((SECONDS < deadline)) || { echo "Apache's log has no line with $1"; return 1; }
        sleep 0.05
    done
}

discover_again_is_one_request() {
    apache_settings
    local side marker lines=()
    for side in before after; do
        [ "$side" = before ] || "$bin/discover"
        marker=/marker-$side-$$-$RANDOM
        # Twice in turn on one connection, so that what was answered earlier has had its time.
        curl --silent --output /dev/null --output /dev/null --noproxy '*' \
            "$PACKLINE_TEST_SVN$marker" "$PACKLINE_TEST_SVN$marker-end"
        apache_says "$marker-end"
        lines+=("$(grep -nF -- "$marker " "$PACKLINE_TEST_SVN_ACCESS_LOG" | cut -d: -f1)")
    done
    sed -n "${lines[0]},${lines[1]}p" "$PACKLINE_TEST_SVN_ACCESS_LOG"
    expect "requests to Apache" 1 \
        "$(sed -n "${lines[0]},${lines[1]}p" "$PACKLINE_TEST_SVN_ACCESS_LOG" | grep -cv '/marker-')"
}

# sync_to_store ENDPOINT|BUCKET|ACCESS KEY|SECRET KEY...
sync_to_store() {
    local endpoint bucket access secret
    IFS='|' read -r endpoint bucket access secret _ <<<"$1"
    rm -f "$work/store.sqlite"
    sqlite3_copy "$DATA/packline.sqlite" "$work/store.sqlite"
    export PACKLINE_DATABASE_URL=sqlite:$work/store.sqlite PACKLINE_BUCKET_URL=s3://$bucket/some/prefix
    export PACKLINE_S3_ENDPOINT=$endpoint AWS_ACCESS_KEY_ID=$access AWS_SECRET_ACCESS_KEY=$secret
    # The root that sync derives is the folder's under the settings that the folder was filled with.
    PACKLINE_PUBLIC_URL=$(address_of serve) "$bin/sync" --force
    "$python" scripts/compare-bucket.py "$endpoint" "$bucket" some/prefix/ "$DATA/public"
}

sqlite3_copy() {
    python3 -c 'import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute("VACUUM INTO ?", [sys.argv[2]])' "$1" "$2"
}

stages_over_postgres() {
    local sandbox
    sandbox=$(address_of sandbox)
    export PACKLINE_DATABASE_URL=${PACKLINE_TEST_POSTGRES:?} PACKLINE_BUCKET_URL=file:$work/from-postgres
    export PACKLINE_PUBLIC_URL PACKLINE_WPORG_API_URL=$sandbox PACKLINE_WPORG_DOWNLOADS_URL=$sandbox
    export PACKLINE_WPORG_PLUGINS_SVN_URL=$sandbox/svn/plugins PACKLINE_WPORG_THEMES_SVN_URL=$sandbox/svn/themes
    export PACKLINE_WPORG_PUBLISHED_PLUGINS_SVN_URL=$sandbox/svn/plugins
    export PACKLINE_WPORG_PUBLISHED_THEMES_SVN_URL=$sandbox/svn/themes
    PACKLINE_PUBLIC_URL=$(address_of serve)
    "$bin/packline" run
    diff --recursive "$DATA/public" "$work/from-postgres"
    "$bin/packline" verify
}

# What packline init writes

sandbox_settings() {
    local sandbox
    sandbox=$(address_of sandbox)
    export PACKLINE_WPORG_API_URL=$sandbox PACKLINE_WPORG_DOWNLOADS_URL=$sandbox
    export PACKLINE_WPORG_PLUGINS_SVN_URL=$sandbox/svn/plugins PACKLINE_WPORG_THEMES_SVN_URL=$sandbox/svn/themes
    export PACKLINE_WPORG_PUBLISHED_PLUGINS_SVN_URL=$sandbox/svn/plugins
    export PACKLINE_WPORG_PUBLISHED_THEMES_SVN_URL=$sandbox/svn/themes
}

init_run_doctor() {
    local place=$work/init
    rm -rf "$place"
    mkdir -p "$place"
    cd "$place"
    cat >composer.lock <<'JSON'
{"packages": [{"name": "wpackagist-plugin/akismet", "version": "5.3"}, {"name": "wp-theme/twentytwentyfour", "version": "1.0"}],
 "packages-dev": [{"name": "acme/site-kit", "version": "1.0"}]}
JSON
    sandbox_settings
    "$bin/packline" init --yes --lock composer.lock | tee init.txt
    expect "mode of the file" 600 "$(stat -c %a packline.env)"
    says_64 --force "$bin/packline" init --yes
    says_64 --yes "$bin/packline" init --output other.env </dev/null
    # As it is printed, with the executables of this check in the place of installed ones.
    PATH=$bin:$PATH
    sed -n 's/^    //p' init.txt | grep -v 'packline serve' >commands.sh
    grep -q '^packline run' commands.sh
    # Before the first run there are warnings, and nothing failed.
    bash -euo pipefail commands.sh
    [ -s data/public/p2/wp-plugin/akismet.json ] && [ -s data/public/p2/wp-theme/twentytwentyfour.json ]
    [ "$(find data/public/p2 -name '*.json' | wc -l)" -le 4 ]
    set -a
    # shellcheck source=/dev/null
    . ./packline.env
    set +a
    packline doctor --strict
    expect "what all findings are" ok "$(packline doctor --json | python3 -c 'import json, sys
print(*{finding["status"] for finding in json.load(sys.stdin)["findings"]})')"
}

# doctor_says CHECK WORDS [NAME=VALUE...]: under these it has failed, and names the remedy.
doctor_says() {
    local check=$1 words=$2 status=0
    shift 2
    env "$@" "$bin/packline" doctor >"$work/doctor.txt" 2>"$work/doctor.log" || status=$?
    cat "$work/doctor.txt" "$work/doctor.log"
    expect "exit code" 1 "$status"
    grep -A4 "^failed   $check:" "$work/doctor.txt" | tr -s ' \n' ' ' | grep -qF -- "$words"
    [ ! -s "$work/doctor.log" ]
}

# doctor_at_store ENDPOINT|BUCKET|ACCESS KEY|SECRET KEY...: what doctor finds of the store that sync has just filled.
doctor_at_store() {
    local endpoint bucket access secret quirk
    IFS='|' read -r endpoint bucket access secret quirk <<<"$1"
    export PACKLINE_DATABASE_URL=sqlite:$work/store.sqlite PACKLINE_BUCKET_URL=s3://$bucket/some/prefix
    export PACKLINE_S3_ENDPOINT=$endpoint AWS_ACCESS_KEY_ID=$access AWS_SECRET_ACCESS_KEY=$secret
    sandbox_settings
    # What is not of the store is another check's.
    "$bin/packline" doctor >"$work/doctor.txt" || true
    cat "$work/doctor.txt"
    grep '^ok       bucket: ' "$work/doctor.txt"
    grep '^ok       known-bucket: ' "$work/doctor.txt"
    doctor_says bucket AWS_SECRET_ACCESS_KEY AWS_SECRET_ACCESS_KEY=wrong
    [ "$quirk" = makes-buckets ] || doctor_says bucket "correct PACKLINE_BUCKET_URL" PACKLINE_BUCKET_URL=s3://no-such-bucket
    doctor_says known-bucket "verify --repair" PACKLINE_BUCKET_URL="s3://$bucket/other/prefix"
}

doctor_with_skewed_clock() {
    local place=$work/init
    cc -shared -fPIC -O2 -o "$work/skewed-clock.so" scripts/skewed-clock.c -ldl
    cd "$place"
    sandbox_settings
    set -a
    # shellcheck source=/dev/null
    . ./packline.env
    set +a
    doctor_says clocks "set this machine's clock" LD_PRELOAD="$work/skewed-clock.so" SKEW_SECONDS=7200
}

# Bad settings

says_64() {
    local name=$1 status=0 output
    shift
    output=$("$@" 2>&1) || status=$?
    printf '%s\n' "$output"
    expect "exit code" 64 "$status"
    grep -qF -- "$name" <<<"$output"
}

check "make run fills a folder" make_run directory
check "the commands that make run prints install a plugin and a theme" printed_commands "$work/run-directory.txt"
check "the commands on a package's page install it" page_commands "$(address_of serve)"
check "P13: Composer installs 20 plugins and 2 themes from the folder" install_from "$(address_of files)" 20
check "P13: Composer installs 20 plugins and 2 themes from serve" install_from "$(address_of serve)" 20
check "P13: the folder and serve have the same bytes" same_bytes_from_serve
check "composer search finds plugins by words and themes by name" composer_search
for place in files serve; do
    check "Composer says why a plugin is closed, and takes it from no other repository ($place)" \
        closed_plugin "$(address_of "$place")"
done
check "Composer installs with a password or a token, and not without" private_repository
for bucket in directory s3; do
    check "P17, P18: Composer installs from archives of ours without upstream, an old lock too ($bucket)" \
        scripts/archives-check.sh "$work/archives-$bucket" "$bucket"
done
check "the pages work in a real browser, and promtool takes the metrics" scripts/web-check.sh "$(address_of serve)"
check "openapi.json says what serve takes and answers" scripts/api-check.sh "$(address_of serve)"
check "P22: serve bears slow, idle, malformed and greedy clients within the memory of its container" abused_serve
check "discover finds in Apache's repositories what was committed" discover_from_apache
check "P4: discover asks Apache once when nothing has changed" discover_again_is_one_request
IFS=, read -ra stores <<<"${PACKLINE_TEST_S3:?}"
for store in "${stores[@]}"; do
    check "sync fills the bucket at ${store%%|*} with the folder's bytes" sync_to_store "$store"
    check "doctor knows what is wrong with the bucket at ${store%%|*}" doctor_at_store "$store"
done
check "what packline init writes is enough for packline run, and doctor finds nothing" init_run_doctor
check "doctor knows that this machine's clock is wrong" doctor_with_skewed_clock
check "packline run over PostgreSQL gives the folder's bytes" stages_over_postgres
check "make run BUCKET=s3 fills a bucket" make_run s3
check "P13: Composer installs 20 plugins and 2 themes from the bucket" install_from "$(address_of sandbox)/packline" 20
check "make stop ends every server" make_stop
for stage in discover update sync serve run; do
    command=("$bin/$stage")
    [ "$stage" != run ] || command=("$bin/packline" run)
    check "P14: $stage names a bad setting" says_64 PACKLINE_DATABASE_URL \
        env PACKLINE_DATABASE_URL=oracle://x "${command[@]}"
    check "P14: $stage names a bad flag" says_64 --no-such-flag "${command[@]}" --no-such-flag
done
check "the documentation and the program know the same settings and flags" scripts/check-docs.py "$bin"
echo ended
