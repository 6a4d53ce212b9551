#!/usr/bin/env bash
# install-packline.sh install|uninstall
#   PREFIX=/usr/local       below which it is used
#   DESTDIR=                put before it, for who makes a package
#   BIN=FOLDER              where packline is; without it .build/release, which is built where it is missing
# Installs the executable packline, with completions for bash, zsh and fish, and its manual. Not discover, update, sync and
# serve: sync is a command of the system, and all four are verbs of packline.
. "$(dirname "$0")/lib.sh"
prefix=${PREFIX:-/usr/local}
case $prefix in
    /*) ;;
    *) fail "PREFIX is '$prefix'; it takes an absolute path, such as /usr/local" ;;
esac
target=${DESTDIR:-}$prefix
bash_completion=$target/share/bash-completion/completions/packline
zsh_completion=$target/share/zsh/site-functions/_packline
fish_completion=$target/share/fish/vendor_completions.d/packline.fish
manual=$target/share/man/man1

uninstall() {
    rm -f "$target/bin/packline" "$bash_completion" "$zsh_completion" "$fish_completion" "$manual/packline.1" \
        "$manual"/packline-*.1
}

case ${1:-} in
    uninstall)
        uninstall
        say "packline is gone from $target"
        exit
        ;;
    install) ;;
    *) fail "it takes install or uninstall" ;;
esac

bin=${BIN:-$root/.build/release}
if [ ! -x "$bin/packline" ]; then
    [ -z "${BIN:-}" ] || fail "BIN is '$BIN', where no packline is"
    "$root/scripts/install.sh" build
    say "building packline (release)"
    "$root/scripts/build.sh" release --product packline
fi

# All is made before anything is put in its place.
work=$(mktemp -d "${TMPDIR:-/tmp}/packline-install.XXXXXX")
trap 'rm -rf "$work"' EXIT
for shell in bash zsh fish; do "$bin/packline" --generate-completion-script "$shell" >"$work/$shell"; done
mkdir "$work/man"
version=$("$bin/packline" --version)
"$bin/packline" --experimental-dump-help | python3 "$root/scripts/man-pages.py" "$work/man" "$version"

# put MODE FILE TARGET
put() { install -D -m "$1" "$2" "$3" || fail "$3 can't be written: choose a PREFIX of yours, or become root"; }
# What an older version had and this one has not goes.
[ ! -e "$target/bin/packline" ] || uninstall
put 755 "$bin/packline" "$target/bin/packline"
put 644 "$work/bash" "$bash_completion"
put 644 "$work/zsh" "$zsh_completion"
put 644 "$work/fish" "$fish_completion"
for page in "$work"/man/*; do put 644 "$page" "$manual/${page##*/}"; done
say "packline $version is installed below $target; make uninstall with the same PREFIX removes it"
