# shellcheck shell=bash
# What the scripts of this folder share. Source it: . "$(dirname "$0")/lib.sh"
set -euo pipefail

# shellcheck disable=SC2034  # read by those who source this file
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

say() { printf '==> %s\n' "$*"; }

fail() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

# free_port: a TCP port on 127.0.0.1 that nobody uses. Below those that the kernel gives to outgoing connections, of which
# tests make thousands: one of them could take it before the server does.
free_port() {
    python3 - <<'PYTHON'
import random
import socket

while True:
    port = random.randrange(10_240, 22_000)
    try:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
    except OSError:
        continue
    print(port)
    break
PYTHON
}

port_is_free() {
    ! (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

is_running() { kill -0 "$1" 2>/dev/null; }

# in_background LOG COMMAND...: starts a process that outlives this script and sets `started` to its pid.
# Its process group is its own, so that stop_process reaches its children too.
in_background() {
    local log=$1
    shift
    setsid "$@" </dev/null >"$log" 2>&1 &
    # shellcheck disable=SC2034  # read by those who source this file
    started=$!
}

# wait_for_url URL PID LOG: until URL answers, whatever the status. Minutes, because the machine may be busy: a server that
# ended is seen at once.
wait_for_url() {
    local url=$1 pid=$2 log=$3 deadline=$((SECONDS + 300))
    until curl --silent --noproxy '*' --output /dev/null --max-time 5 "$url"; do
        if ! is_running "$pid"; then
            tail -n 20 "$log" >&2
            fail "the server for $url ended at once; its log is $log"
        fi
        if ((SECONDS > deadline)); then
            stop_process "$pid"
            fail "nothing answers at $url; the server's log is $log"
        fi
        sleep 0.1
    done
}

# stop_process PID: asks the process group to stop, and insists after ten seconds.
stop_process() {
    local pid=$1 deadline=$((SECONDS + 10))
    is_running "$pid" || return 0
    kill -TERM -- "-$pid" 2>/dev/null || kill -TERM "$pid" 2>/dev/null || return 0
    while is_running "$pid" && ((SECONDS < deadline)); do sleep 0.1; done
    ! is_running "$pid" || kill -KILL -- "-$pid" 2>/dev/null || true
}

# check NAME COMMAND...: in a shell of its own, where the first error ends it. Prints "ok NAME", or "FAILED NAME" and the end
# of what it said, all of which is kept in a log in $work.
checks_made=0
check() {
    local name=$1 status log
    checks_made=$((checks_made + 1))
    # shellcheck disable=SC2154  # the folder of who sources this
    log=$work/check-$checks_made.log
    shift
    # Not in a condition: there bash would go on after an error.
    set +e
    (
        set -e
        "$@"
    ) >"$log" 2>&1
    status=$?
    set -e
    if ((status == 0)); then
        printf 'ok %s\n' "$name"
    else
        printf 'FAILED %s\n' "$name"
        sed 's/^/    /' "$log" | tail -n 40
    fi
}
