#!/usr/bin/env bash
# proxy-check.sh: upstream and the store behind a real proxy (tinyproxy), with names that the proxy alone knows.
# Prints a line "ok NAME" or "FAILED NAME" for each check, and at the end how many.
#   BIN=FOLDER   executables (default: a debug build)
. "$(dirname "$0")/lib.sh"
cd "$root"
scripts/install.sh proxy
if [ -z "${BIN:-}" ]; then
    scripts/build.sh debug
    BIN=$(swift build --show-bin-path)
fi
work=$(mktemp -d "${TMPDIR:-/tmp}/packline-proxy.XXXXXX") passed=0 failed=0 sandbox='' proxy=''
chmod 755 "$work"

# shellcheck disable=SC2317  # called by the trap
clean_up() {
    local status=$?
    trap - EXIT INT TERM
    for pid in $sandbox $proxy; do stop_process "$pid"; done
    rm -rf "$work"
    exit "$status"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

check() {
    local name=$1
    shift
    if ("$@") >"$work/check.log" 2>&1; then
        passed=$((passed + 1))
        printf 'ok %s\n' "$name"
    else
        failed=$((failed + 1))
        printf 'FAILED %s\n' "$name"
        sed 's/^/    /' "$work/check.log" | tail -n 30
    fi
}

port=$(free_port)
in_background "$work/sandbox.log" "$BIN/packline-sandbox" --port "$port" --world builtin
sandbox=$started
wait_for_url "http://127.0.0.1:$port/" "$sandbox" "$work/sandbox.log"
proxy_port=$(free_port)
cat >"$work/tinyproxy.conf" <<CONF
Port $proxy_port
Listen 127.0.0.1
MaxClients 200
LogFile "$work/proxy.log"
LogLevel Connect
BasicAuth ann secretword
ConnectPort $port
CONF
printf '127.0.0.1 localhost upstream.packline.test store.packline.test\n' >"$work/hosts"
# Only the proxy sees these names.
in_background "$work/tinyproxy.log" bwrap --die-with-parent --dev-bind / / --ro-bind "$work/hosts" /etc/hosts \
    tinyproxy -d -c "$work/tinyproxy.conf"
proxy=$started
wait_for_url "http://127.0.0.1:$proxy_port/" "$proxy" "$work/tinyproxy.log"

# packline_run NAME=VALUE...: the three stages once, over a database of their own.
packline_run() {
    local upstream=http://upstream.packline.test:$port
    rm -f "$work"/packline.sqlite*
    env -u http_proxy -u https_proxy -u no_proxy -u HTTP_PROXY -u HTTPS_PROXY -u NO_PROXY \
        PACKLINE_DATABASE_URL="sqlite:$work/packline.sqlite" PACKLINE_BUCKET_URL=s3://packline/site \
        PACKLINE_S3_ENDPOINT="http://store.packline.test:$port" \
        AWS_ACCESS_KEY_ID=sandbox AWS_SECRET_ACCESS_KEY=sandboxsecret \
        PACKLINE_WPORG_API_URL="$upstream" PACKLINE_WPORG_DOWNLOADS_URL="$upstream" \
        PACKLINE_WPORG_PLUGINS_SVN_URL="$upstream/svn/plugins" PACKLINE_WPORG_THEMES_SVN_URL="$upstream/svn/themes" \
        PACKLINE_WPORG_PUBLISHED_PLUGINS_SVN_URL="$upstream/svn/plugins" \
        PACKLINE_WPORG_PUBLISHED_THEMES_SVN_URL="$upstream/svn/themes" "$@" \
        "$BIN/packline" run
}

through_it() {
    : >"$work/proxy.log"
    packline_run HTTP_PROXY="http://ann:secretword@127.0.0.1:$proxy_port"
    grep -q "CONNECT upstream.packline.test:$port" "$work/proxy.log"
    grep -q "CONNECT store.packline.test:$port" "$work/proxy.log"
    curl --silent --fail "http://127.0.0.1:$port/_sandbox/writes" | grep -q '"key":"site/packages.json"'
}

# says WORDS NAME=VALUE...: the run fails, and says so.
says() {
    local words=$1 status=0
    shift
    packline_run "$@" >"$work/said.txt" 2>&1 || status=$?
    cat "$work/said.txt"
    ((status != 0 && status < 128))
    grep -q -- "$words" "$work/said.txt"
    if grep -q 'secretword\|wrongword' "$work/said.txt"; then return 1; fi
}

check "discover, update and sync go through HTTP_PROXY, which alone knows the names" through_it
check "small letters do as well, and win" packline_run http_proxy="http://ann:secretword@127.0.0.1:$proxy_port" \
    HTTP_PROXY=http://127.0.0.1:1
check "without it the names are not known" says 'upstream.packline.test'
check "what NO_PROXY names is asked directly" says 'upstream.packline.test' \
    HTTP_PROXY="http://ann:secretword@127.0.0.1:$proxy_port" NO_PROXY=.packline.test
check "a proxy that wants other credentials is named, and they are not" says 'the proxy wants other credentials' \
    HTTP_PROXY="http://ann:wrongword@127.0.0.1:$proxy_port"
check "a proxy that refuses the host is named" says 'the proxy refuses to connect there' \
    HTTP_PROXY="http://ann:secretword@127.0.0.1:$proxy_port" PACKLINE_WPORG_API_URL=http://upstream.packline.test:1
check "a proxy of another kind is a bad setting" says 'HTTPS_PROXY takes http://HOST:PORT' \
    HTTPS_PROXY=socks5://127.0.0.1:1
printf '\n%d passed, %d failed\n' "$passed" "$failed"
((failed == 0))
