# shellcheck shell=bash
# Servers that `make run` leaves behind: NAME.pid, NAME.port and NAME.log in a folder. Source it after lib.sh, with
# `services` set to that folder.
# shellcheck disable=SC2154  # services, started

# port_of NAME PREFERRED: the port that it had last time, else the preferred one; another one where that is taken.
# Published documents name the sandbox's port, so it should not change from run to run.
port_of() {
    local file=$services/$1.port port=$2
    [ ! -s "$file" ] || port=$(cat "$file")
    is_service_running "$1" || port_is_free "$port" || port=$(free_port)
    echo "$port" >"$file"
    echo "$port"
}

is_service_running() {
    local file=$services/$1.pid
    # The start time tells the process from another one that got its number.
    [ -s "$file" ] && [ "$(process_identity "$(cut -d' ' -f1 "$file")")" = "$(cat "$file")" ]
}

process_identity() {
    [ ! -r "/proc/$1/stat" ] || echo "$1 $(sed 's/.*) //' "/proc/$1/stat" | cut -d' ' -f20)"
}

# start_service NAME URL COMMAND...: until it answers at URL.
start_service() {
    local name=$1 url=$2
    shift 2
    in_background "$services/$name.log" "$@"
    process_identity "$started" >"$services/$name.pid"
    wait_for_url "$url" "$started" "$services/$name.log"
}

stop_service() {
    local name=$1
    ! is_service_running "$name" || stop_process "$(cut -d' ' -f1 "$services/$name.pid")"
    rm -f "$services/$name.pid"
}
