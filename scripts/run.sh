#!/usr/bin/env bash
# run.sh: discover, update and sync once, then leave serve and what else Composer needs running in the background.
#   UPSTREAM=sandbox        the bundled imitation of WordPress.org (the default), or wordpress.org
#   BUCKET=directory        where documents go: a folder (the default), or s3, the sandbox's S3 server
#   ONLY=FILE|LIST          with wordpress.org: the packages to track
#   DATA=FOLDER             where all files go (default: data/)
#   CONFIGURATION=debug     or release
. "$(dirname "$0")/lib.sh"
upstream=${UPSTREAM:-sandbox} bucket=${BUCKET:-directory} configuration=${CONFIGURATION:-debug}
cd "$root"
data=$(realpath -m "${DATA:-data}")
services=$data/run
. "$root/scripts/services.sh"

case $upstream in
    sandbox | wordpress.org) ;;
    *) fail "UPSTREAM is '$upstream'; it takes sandbox or wordpress.org" ;;
esac
case $bucket in
    directory | s3) ;;
    *) fail "BUCKET is '$bucket'; it takes directory or s3" ;;
esac

"$root/scripts/install.sh" build run
say "building ($configuration)"
"$root/scripts/build.sh" "$configuration"
bin=$(swift build --package-path "$root" --configuration "$configuration" --show-bin-path)

# Each combination has a database and a bucket of its own: a database knows what is live in one bucket.
state=$data
[ "$upstream" = sandbox ] || state+=/$upstream
[ "$bucket" = directory ] || state+=/$bucket
mkdir -p "$services" "$state"
# The stages' own defaults are data/packline.sqlite and data/public.
if [ "$state" != "$root/data" ]; then
    export PACKLINE_DATABASE_URL=sqlite:$state/packline.sqlite PACKLINE_BUCKET_URL=file:$state/public
fi

if [ "$upstream" = sandbox ] || [ "$bucket" = s3 ]; then
    sandbox_port=$(port_of sandbox 8082)
    sandbox=http://127.0.0.1:$sandbox_port
    if ! is_service_running sandbox; then
        say "starting the sandbox at $sandbox"
        start_service sandbox "$sandbox/" "$bin/packline-sandbox" --port "$sandbox_port" --world builtin
    fi
fi
if [ "$upstream" = sandbox ]; then
    export PACKLINE_WPORG_API_URL=$sandbox
    export PACKLINE_WPORG_PLUGINS_SVN_URL=$sandbox/svn/plugins PACKLINE_WPORG_THEMES_SVN_URL=$sandbox/svn/themes
    export PACKLINE_WPORG_PUBLISHED_PLUGINS_SVN_URL=$sandbox/svn/plugins
    export PACKLINE_WPORG_PUBLISHED_THEMES_SVN_URL=$sandbox/svn/themes PACKLINE_WPORG_DOWNLOADS_URL=$sandbox
    export PACKLINE_WPORG_CORE_URL=$sandbox/release PACKLINE_WPORG_PUBLISHED_CORE_URL=$sandbox/release
else
    export PACKLINE_ONLY=${ONLY:-$root/scripts/curated.txt}
fi
if [ "$bucket" = s3 ]; then
    export PACKLINE_BUCKET_URL=s3://packline PACKLINE_S3_ENDPOINT=$sandbox PACKLINE_S3_PATH_STYLE=true
    export AWS_ACCESS_KEY_ID=sandbox AWS_SECRET_ACCESS_KEY=sandboxsecret
    # Composer reads /packages.json's root-relative URLs from the root of the host: this repository is below it.
    export PACKLINE_REPOSITORY_URL=$sandbox/packline
fi

serve_port=$(port_of serve 8080)
# The feed and the list of packages.json.
export PACKLINE_PUBLIC_URL=http://127.0.0.1:$serve_port

say "discover, update, sync"
status=0
"$bin/packline" run || status=$?
case $status in
    0) ;;
    3) say "some packages failed and will be tried again by the next run" ;;
    *) fail "packline run ended with exit code $status" ;;
esac

stop_service serve
start_service serve "$PACKLINE_PUBLIC_URL/healthz" "$bin/serve" --host 127.0.0.1 --port "$serve_port"
addresses=("$PACKLINE_PUBLIC_URL|serve, from the database")
if [ "$bucket" = directory ]; then
    files_port=$(port_of files 8081)
    stop_service files
    start_service files "http://127.0.0.1:$files_port/packages.json" \
        python3 -m http.server --bind 127.0.0.1 --directory "$state/public" "$files_port"
    addresses+=("http://127.0.0.1:$files_port|the folder $(realpath --relative-base="$root" "$state/public"), by a plain web server")
else
    addresses+=("$PACKLINE_REPOSITORY_URL|the bucket, by the S3 server itself")
fi

cat <<TEXT

The repository is there, at
TEXT
for address in "${addresses[@]}"; do printf '  %-34s %s\n' "${address%%|*}" "${address#*|}"; done
cat <<TEXT
Servers keep running in the background (pids and logs: $(realpath --relative-base="$root" "$services")); make stop ends them.

Install from it with Composer (any of the addresses will do):

    mkdir -p $data/site && cd $data/site
    composer init --no-interaction --name=example/site
    composer config secure-http false
    composer config repositories.packline composer ${addresses[0]%%|*}
TEXT
if [ "$upstream" = sandbox ]; then
    cat <<TEXT
    composer config repositories.installers path $root/scripts/composer-installers
    composer config repositories.packagist.org false
TEXT
fi
cat <<TEXT
    composer config allow-plugins.composer/installers true
    composer require --no-interaction wp-plugin/akismet wp-theme/twentytwentyfour
    ls wp-content/plugins wp-content/themes
TEXT
if [ "$upstream" = sandbox ]; then
    cat <<TEXT

(The lines with "installers" and "packagist.org" let it work without network: they put a stand-in where Packagist's
composer/installers would be.)
TEXT
fi
