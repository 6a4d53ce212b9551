#!/usr/bin/env bash
# compose-secrets.sh FOLDER: writes the secrets that compose.yaml asks for, with random passwords, for a stack that is
# reached by others. Use it with SECRETS_DIR=FOLDER. An existing folder is refused: a database keeps its first password.
. "$(dirname "$0")/lib.sh"
(($# == 1)) || fail "usage: compose-secrets.sh FOLDER"
folder=$1
[ ! -e "$folder" ] || fail "$folder is there already; to change a password, see docs/operations.md"

random() { head -c 24 /dev/urandom | od -An -tx1 | tr -d ' \n'; }

# Containers read these files as other users; the folder keeps them from other users of this machine.
umask 022
mkdir -p "$folder"
chmod 700 "$folder"
database_password=$(random) access=$(random | head -c 20) secret=$(random)
printf '%s\n' "$database_password" >"$folder/postgres-password"
printf '%s\n' "postgres://packline:$database_password@postgres:5432/packline?sslmode=disable" >"$folder/database-url"
printf '%s\n' "$access" >"$folder/s3-access-key"
printf '%s\n' "$secret" >"$folder/s3-secret-key"
sed -e "s/\"accessKey\": \"[^\"]*\"/\"accessKey\": \"$access\"/" \
    -e "s/\"secretKey\": \"[^\"]*\"/\"secretKey\": \"$secret\"/" \
    "$root/deploy/compose/secrets/s3.json" >"$folder/s3.json"
say "wrote $(find "$folder" -type f | wc -l) files; use them with SECRETS_DIR=$folder"
