#!/usr/bin/env bash
# stop.sh: stops what run.sh left running. DATA=FOLDER as there.
. "$(dirname "$0")/lib.sh"
services=${DATA:-$root/data}/run
. "$root/scripts/services.sh"
for file in "$services"/*.pid; do
    [ -e "$file" ] || continue
    name=$(basename "$file" .pid)
    say "stopping $name"
    stop_service "$name"
done
