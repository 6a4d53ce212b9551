#!/usr/bin/env bash
# image-check.sh: what the Dockerfile's runtime stage promises, without a Docker engine. A root file system made with
# debootstrap, in which the stage's own RUN line was run, with the executables in it: used as the image's user, with a
# read-only root, a writable /data and /tmp, and the memory limit of the manifests. The pipeline runs there against the
# sandbox outside. Prints a line for each check. Needs root, for mounts.
#   BIN=FOLDER    executables to try (default: a release build)
. "$(dirname "$0")/lib.sh"
cd "$root"
[ "$(id -u)" = 0 ] || fail "run this as root: it mounts"
memory_limit=$((192 * 1024 * 1024)) grace=25
passed=0 failed=0
work=$(mktemp -d "${TMPDIR:-/tmp}/packline-image.XXXXXX")
chmod 755 "$work"
sandbox_pid='' serve_pid='' group=''

# shellcheck disable=SC2317  # called by the trap
clean_up() {
    local pid
    for pid in $serve_pid $sandbox_pid; do stop_process "$pid"; done
    if [ -n "$group" ]; then
        # What a check that failed has left in there.
        xargs --no-run-if-empty kill -KILL <"$group/cgroup.procs" 2>/dev/null || true
        for _ in 1 2 3 4 5; do
            ! rmdir "$group" 2>/dev/null || break
            sleep 0.2
        done
    fi
    rm -rf "$work"
}
trap clean_up EXIT

check() {
    local name=$1 status=0
    shift
    set +e
    (
        set -e
        "$@"
    ) >"$work/log" 2>&1
    status=$?
    set -e
    if ((status == 0)); then
        passed=$((passed + 1))
        printf 'ok %s%s\n' "$name" "$(sed -n 's/^detail: /: /p' "$work/log" | head -n 1)"
    else
        failed=$((failed + 1))
        printf 'FAILED %s\n' "$name"
        sed 's/^/    /' "$work/log" | tail -n 30
    fi
}

expect() { [ "$2" = "$3" ] || { printf '%s: expected "%s", found "%s"\n' "$1" "$2" "$3"; return 1; }; }

# The runtime stage, as the Dockerfile has it

# instructions NAME: the arguments of an instruction in the stage `base`, continued lines joined, comments left out.
instructions() {
    awk -v wanted="$1" '
        /^FROM / { inside = / AS base$/; next }
        !inside || /^#/ { next }
        { line = line $0 }
        /\\$/ { sub(/\\$/, " ", line); next }
        { if (index(line, wanted " ") == 1) print substr(line, length(wanted) + 2); line = "" }
    ' Dockerfile
}

run=$(instructions RUN)
user=$(instructions USER)
packages=$(grep -oE 'apt-get install [^&]*' <<<"$run" | tr ' ' '\n' | grep -vE '^(apt-get|install|-.*|)$' | tr '\n' ' ')
read -ra packages <<<"$packages"
[ "$(grep -c . <<<"$run")" = 1 ] || fail "the Dockerfile's stage base has more than one RUN: this script knows one"
((${#packages[@]})) || fail "the Dockerfile's stage base installs nothing: this script no longer understands it"
suite=$(sed -nE 's/^ARG RUNTIME_IMAGE=debian:([a-z]+).*/\1/p' Dockerfile)
rootfs=$root/.cache/image/$suite-$(sha256sum <<<"$run" | cut -c1-16)

if [ ! -e "$rootfs/complete" ]; then
    say "debootstrap $suite, then the Dockerfile's RUN, into ${rootfs#"$root"/}"
    rm -rf "$root/.cache/image"
    mkdir -p "$rootfs"
    # This machine's mirror.
    mirror=$(sed -nE 's/^(URIs:|deb) +(\[.*\] +)?(https?:[^ ]+).*/\3/p' /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null |
        grep -v security | head -n 1 || true)
    debootstrap --variant=minbase "$suite" "$rootfs" "${mirror:-http://deb.debian.org/debian}" >"$work/debootstrap.log" 2>&1 || {
        tail -n 20 "$work/debootstrap.log" >&2
        fail "debootstrap failed"
    }
    dpkg-query --admindir "$rootfs/var/lib/dpkg" --show --showformat='${Package}\n' >"$rootfs.base-packages"
    cp /etc/resolv.conf "$rootfs/etc/"
    # How this machine reaches its mirror; taken out again below.
    grep -hs '^Acquire' /etc/apt/apt.conf /etc/apt/apt.conf.d/* >"$rootfs/etc/apt/apt.conf.d/99packline-check" || true
    # A TMPDIR of this machine is not there.
    chroot "$rootfs" /usr/bin/env --unset=TMPDIR DEBIAN_FRONTEND=noninteractive /bin/sh -c "$run" >"$work/run.log" 2>&1 || {
        tail -n 20 "$work/run.log" >&2
        fail "the Dockerfile's RUN failed in the root file system"
    }
    rm "$rootfs/etc/apt/apt.conf.d/99packline-check"
    touch "$rootfs/complete"
fi

if [ -n "${BIN:-}" ]; then
    bin=$(realpath "$BIN")
else
    say "building (release)"
    "$root/scripts/build.sh" release
    bin=$(swift build --package-path "$root" --configuration release --show-bin-path)
fi
mkdir "$work/bin" "$work/data"
# One program under five names: base's RUN makes links to it.
cp "$bin/packline" "$work/bin/"
for name in discover update sync serve; do
    [ "$(readlink "$rootfs/usr/local/bin/$name")" = packline ] || fail "the Dockerfile makes no name $name for packline"
    ln -s packline "$work/bin/$name"
done
cp deploy/image/healthcheck "$work/bin/packline-healthcheck"
cp deploy/image/job "$work/bin/packline-job"
chmod 755 "$work/bin"/*

# Executables of a plain build need Swift's libraries where they were built.
swift_libraries=()
libraries=$(ldd "$work/bin/packline" | sed -nE 's|.*=> (/.*/swift/linux)/libswiftCore.so.*|\1|p')
if [ -n "$libraries" ]; then
    say "these executables are not static: Swift's libraries are put where they look for them"
    # A place to put them: the one thing in this root that the image has not.
    mkdir -p "$rootfs$libraries"
    swift_libraries=(--ro-bind "$libraries" "$libraries")
fi

# A cgroup with a memory limit, of version 1 or 2.
for folder in /sys/fs/cgroup/memory /sys/fs/cgroup; do
    for file in memory.limit_in_bytes memory.max; do
        group=$folder/packline-image-check-$$
        if mkdir "$group" 2>/dev/null; then
            if [ -e "$group/$file" ] && echo "$memory_limit" 2>/dev/null >"$group/$file"; then break 2; fi
            rmdir "$group"
        fi
        group=''
    done
done
[ -n "$group" ] || say "no memory cgroup can be made here: memory is not limited"

# Files that the image has and a container has not, as bwrap's words.
hidden=()

# container DATA [--env NAME VALUE...] -- COMMAND...: as the image would run it, as process 1. The environment holds
# what the image sets, and what is named.
container() {
    local data=$1 environment=(--setenv PATH /usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin)
    shift
    while [ "$1" != -- ]; do
        environment+=(--setenv "$2" "$3")
        shift 3
    done
    shift
    chown "${user%:*}:${user#*:}" "$data"
    [ -z "$group" ] || echo "$BASHPID" >"$group/cgroup.procs"
    exec bwrap --ro-bind "$rootfs" / "${hidden[@]}" --proc /proc --dev /dev --perms 1777 --tmpfs /tmp --bind "$data" /data \
        --ro-bind "$work/bin" /usr/local/bin "${swift_libraries[@]}" --unshare-pid --unshare-ipc --as-pid-1 --clearenv \
        "${environment[@]}" --chdir / -- setpriv --reuid="${user%:*}" --regid="${user#*:}" --clear-groups \
        --no-new-privs --inh-caps=-all --bounding-set=-all "$@"
}

sandbox_port=$(free_port)
sandbox=http://127.0.0.1:$sandbox_port
upstream=(
    --env PACKLINE_WPORG_API_URL "$sandbox" --env PACKLINE_WPORG_PLUGINS_SVN_URL "$sandbox/svn/plugins"
    --env PACKLINE_WPORG_THEMES_SVN_URL "$sandbox/svn/themes" --env PACKLINE_WPORG_DOWNLOADS_URL "$sandbox"
    --env PACKLINE_WPORG_PUBLISHED_PLUGINS_SVN_URL "$sandbox/svn/plugins"
    --env PACKLINE_WPORG_PUBLISHED_THEMES_SVN_URL "$sandbox/svn/themes"
)
in_background "$work/sandbox.log" "$bin/packline-sandbox" --port "$sandbox_port" --world generated
sandbox_pid=$started
wait_for_url "$sandbox/" "$sandbox_pid" "$work/sandbox.log"

# in_image DATA ...: to its end.
in_image() { (container "$@"); }

# inner_pid PID: the process in the container that was started as PID.
inner_pid() {
    local pid=$1 child name deadline=$((SECONDS + 120))
    while ((SECONDS < deadline)); do
        child=$(cat "/proc/$pid/task/$pid/children" 2>/dev/null || true)
        name=$(cat "/proc/${child% }/comm" 2>/dev/null || true)
        # bwrap's child is bwrap first, then setpriv, and that becomes the command. The shell's own are none of these.
        case $([ "$(cat "/proc/$pid/comm" 2>/dev/null)" != bwrap ] || echo "$name") in
            '' | bwrap | setpriv) sleep 0.02 ;;
            *) echo "${child% }"; return ;;
        esac
    done
    return 1
}

# stops_with CODE COMMAND...: at SIGTERM, while it waits or works.
stops_with() {
    local code=$1 pid inner begun status=0 ready=$work/ready-$RANDOM
    shift
    container "$work/data" "${upstream[@]}" -- "$@" >"$ready" 2>&1 &
    pid=$!
    inner=$(inner_pid "$pid")
    until [ -s "$ready" ] || ! is_running "$pid"; do sleep 0.05; done
    begun=$(date +%s%N)
    kill -TERM "$inner"
    wait "$pid" || status=$?
    cat "$ready"
    printf 'detail: after %d ms of %d s\n' $((($(date +%s%N) - begun) / 1000000)) "$grace"
    expect "exit code" "$code" "$status"
    (($(date +%s%N) - begun < grace * 1000000000))
}

links_to_what_is_there() {
    in_image "$work/data" -- ldd /usr/local/bin/packline >"$work/ldd"
    ! grep 'not found' "$work/ldd"
}

# Each package that the stage names holds a library that the executables name, or certificates.
installs_only_what_is_loaded() {
    local package
    objdump --private-headers "$work/bin/packline" | sed -nE 's/^ *NEEDED +//p' >"$work/needed"
    # Loaded when it is needed, by its name.
    strings "$work/bin/packline" | grep -xF libpq.so.5 >>"$work/needed"
    for package in "${packages[@]}"; do
        [ "$package" != ca-certificates ] || continue
        dpkg-query --admindir "$rootfs/var/lib/dpkg" --listfiles "$package" | sed 's|.*/||' | grep -qxFf "$work/needed" || { echo "nothing loads $package"; return 1; }
    done
    printf 'detail: %s\n' "${packages[*]}"
}

# Where nothing listens: libpq says so, and where there is none, that is said.
loads_libpq_for_postgres_alone() {
    local postgres=(--env PACKLINE_DATABASE_URL postgres://packline@127.0.0.1:1/packline) status=0
    in_image "$work/data" "${postgres[@]}" -- discover status >"$work/refused" 2>&1 || status=$?
    expect "exit code" 1 "$status"
    grep -F 'nothing listens there' "$work/refused"
    hidden=(--ro-bind /dev/null "/$(cd "$rootfs" && echo usr/lib/*/libpq.so.5.*)")
    in_image "$work/data" "${postgres[@]}" -- discover status >"$work/refused" 2>&1 || status=$?
    grep -F 'install it, as libpq5 on Debian' "$work/refused"
    in_image "$work/data" -- discover status
}

writes_nowhere_else() {
    # shellcheck disable=SC2016  # for the shell in there
    in_image "$work/data" -- sh -c '
        for folder in / /bin /etc /home /opt /root /run /srv /usr /usr/local/bin /var /var/lib /var/tmp /var/log; do
            if touch "$folder/x" 2>/dev/null; then echo "can write to $folder"; exit 1; fi
        done
        touch /data/x /tmp/x && rm /data/x /tmp/x'
}

is_the_user() {
    # shellcheck disable=SC2016  # for the shell in there
    expect "user and group" "${user/:/ }" "$(in_image "$work/data" -- sh -c 'echo "$(id -u) $(id -g)"')"
    in_image "$work/data" -- sh -c 'grep -q "^CapEff:.*0000000000000000" /proc/self/status && grep -q "^NoNewPrivs:.*1" /proc/self/status'
}

the_names_are_ours() {
    for name in discover update sync serve; do
        expect "$name on PATH" "/usr/local/bin/$name" "$(in_image "$work/data" -- sh -c "command -v $name")"
        in_image "$work/data" -- "$name" --help | grep -qF "USAGE: $name"
    done
}

pipeline() {
    local data=$1 stage
    shift
    mkdir -p "$data"
    for stage in discover update sync; do in_image "$data" "${upstream[@]}" "$@" -- "$stage"; done
    printf 'detail: %d documents\n' "$(find "$data/public" -name '*.json' | wc -l)"
    [ -s "$data/packline.sqlite" ] && [ -s "$data/public/packages.json" ]
}

same_bytes() {
    pipeline "$work/data-$RANDOM" "$@" >"$work/pipeline.log" 2>&1 || { cat "$work/pipeline.log"; return 1; }
    local other
    other=$(find "$work" -maxdepth 1 -name 'data-*' -newer "$work/data/packline.sqlite" | head -n 1)
    diff --recursive "$work/data/public" "$other/public"
    rm -rf "$other"
}

job_ends_with() { expect "exit code" "$1" "$(in_image "$work/data" -- packline-job "${@:2}" >&2 && echo 0 || echo $?)"; }

# in_serve COMMAND...: in serve's container, as Docker runs a health check.
in_serve() {
    nsenter --target "$serve_inner" --mount --pid --root --wd=/ setpriv --reuid="${user%:*}" --regid="${user#*:}" \
        --clear-groups --no-new-privs env -i PATH=/usr/local/bin:/usr/bin:/bin "$@"
}

serves_the_bytes() {
    local file count=0
    while read -r file; do
        curl --silent --show-error --fail --output "$work/served" "http://127.0.0.1:$serve_port/$file"
        cmp "$work/data/public/$file" "$work/served"
        count=$((count + 1))
    done < <(cd "$work/data/public" && find . -name '*.json' -printf '%P\n' | head -n 100)
    printf 'detail: %d documents\n' "$count"
    ((count > 40))
}

unhealthy_when_stopped() {
    kill -STOP "$serve_inner"
    local status=0
    in_serve packline-healthcheck || status=$?
    kill -CONT "$serve_inner"
    ((status != 0))
}

no_lease_left() {
    in_image "$work/data" -- update status --json >"$work/status.json"
    python3 - "$work/status.json" "$work/data/packline.sqlite" <<'PYTHON'
import json
import sqlite3
import sys

assert not [s for s in json.load(open(sys.argv[1]))["sources"].values() if s.get("leased_by")], "a source is leased"
database = sqlite3.connect(sys.argv[2])
for table in ("package_leases", "object_leases"):
    held = database.execute(f"SELECT count(*) FROM {table} WHERE until_ms > 1000 * strftime('%s', 'now')").fetchone()[0]
    assert held == 0, f"{held} rows of {table} are leased"
PYTHON
}

stayed_within_memory() {
    local peak
    peak=$(cat "$group/memory.max_usage_in_bytes" "$group/memory.peak" 2>/dev/null | head -n 1 || true)
    printf 'detail: peak %d MiB of %d, page cache and all\n' $((peak >> 20)) $((memory_limit >> 20))
    ! grep -E '^oom_kill [1-9]' "$group/memory.oom_control" "$group/memory.events" 2>/dev/null
}

check "the executable finds its libraries there" links_to_what_is_there
check "every package of the runtime stage is loaded from, or holds the certificates" installs_only_what_is_loaded
check "discover, update, sync and serve on PATH are names of packline" the_names_are_ours
check "it runs as ${user%:*}, without capabilities" is_the_user
check "a write outside /data and /tmp is impossible" writes_nowhere_else
check "discover, update and sync fill /data with the settings' defaults" pipeline "$work/data"
check "Kiritimati and Turkish give the same bytes" same_bytes --env TZ Pacific/Kiritimati --env LANG tr_TR.UTF-8 --env LC_ALL tr_TR.UTF-8
check "St John's and German give the same bytes" same_bytes --env TZ America/St_Johns --env LANG de_DE.UTF-8 --env LC_ALL C
check "libpq is loaded where the database is PostgreSQL, and named where it is missing" loads_libpq_for_postgres_alone
for stage in discover update sync; do
    check "$stage --every ends with 143 at SIGTERM, as process 1" stops_with 143 "$stage" --every 1h
done
check "update ends with 143 at SIGTERM in the midst of its work" stops_with 143 update --force --rate 0.5 --concurrency 1
check "a stage under packline-job ends with 143 at SIGTERM" stops_with 143 packline-job update --every 1h
check "packline run --every ends with 143 at SIGTERM, as process 1" stops_with 143 packline run --every 1h
check "no lease is left" no_lease_left
check "packline-job passes 0 on" job_ends_with 0 sync
check "packline-job makes 3 and 4 a success" eval 'job_ends_with 0 sh -c "exit 3"; job_ends_with 0 sh -c "exit 4"'
check "packline-job passes 1, 5 and 64 on" \
    eval 'job_ends_with 1 sh -c "exit 1"; job_ends_with 5 sh -c "exit 5"; job_ends_with 64 discover --no-such-flag'

serve_port=$(free_port)
container "$work/data" -- serve --host 0.0.0.0 --port "$serve_port" >"$work/serve.log" 2>&1 &
serve_pid=$!
wait_for_url "http://127.0.0.1:$serve_port/healthz" "$serve_pid" "$work/serve.log"
serve_inner=$(inner_pid "$serve_pid")
check "serve answers with the bytes of /data/public" serves_the_bytes
check "the health check finds serve well" in_serve packline-healthcheck
check "the health check finds a serve that hangs" unhealthy_when_stopped
check "the health check leaves a stage alone" in_image "$work/data" -- packline-healthcheck
kill -TERM "$serve_inner"
serve_status=0
wait "$serve_pid" || serve_status=$?
serve_pid=''
check "serve ends well at SIGTERM" grep -qxE '0|143' <<<"$serve_status"
[ -z "$group" ] || check "all of it fits into the manifests' memory limit" stayed_within_memory
printf '\n%d passed, %d failed\n' "$passed" "$failed"
((failed == 0 && passed > 0))
