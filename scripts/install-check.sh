#!/usr/bin/env bash
# install-check.sh: installs the executables of BIN into a temporary folder as `make install` does, and tries what is there:
# the executable, completions in bash, zsh and fish, the manual; then uninstalls. Prints "ok NAME" or "FAILED NAME" for each
# check, and at the end how many.
. "$(dirname "$0")/lib.sh"
: "${BIN:?the folder of the executables}"
work=$(mktemp -d "${TMPDIR:-/tmp}/packline-install-check.XXXXXX")
trap 'rm -rf "$work"' EXIT
stage=$work/stage prefix=/usr/local
target=$stage$prefix
passed=0 failed=0

# check NAME COMMAND...
check() {
    local name=$1
    shift
    if "$@" >"$work/log" 2>&1 </dev/null; then
        printf 'ok %s\n' "$name"
        passed=$((passed + 1))
    else
        printf 'FAILED %s\n' "$name"
        sed 's/^/    /' "$work/log" | tail -n 20
        failed=$((failed + 1))
    fi
}

make_it() { make --no-print-directory -C "$root" "$@" PREFIX="$prefix" DESTDIR="$stage" BIN="$BIN"; }

only_packline() {
    [ "$(ls "$target/bin")" = packline ] && "$target/bin/packline" --version && [ "$(umask 022 && stat -c %a "$target/bin/packline")" = 755 ]
}

# completed WORD...: what bash offers for the last word.
completed() {
    # shellcheck disable=SC2016  # expanded by the bash that completes
    PATH=$target/bin:$PATH bash --norc --noprofile -c '
        . "$1"; shift
        complete -p packline >/dev/null
        function_name=$(complete -p packline | sed -E "s/.*-F ([^ ]+).*/\1/")
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_LINE="$*" COMP_POINT=${#COMP_LINE} COMP_TYPE=9
        "$function_name" packline "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}" 2>/dev/null
        printf "%s\n" "${COMPREPLY[@]}"' _ "$target/share/bash-completion/completions/packline" "$@"
}

# offers WANTED WORD...
offers() {
    local wanted=$1
    shift
    completed "$@" | tee /dev/stderr | grep -qE "^$wanted *\$"
}

zsh_takes_it() {
    zsh -n "$target/share/zsh/site-functions/_packline"
    head -n 1 "$target/share/zsh/site-functions/_packline" | grep -q '^#compdef packline'
}

fish_takes_it() {
    local file=$target/share/fish/vendor_completions.d/packline.fish
    fish --no-execute "$file" || return 1
    HOME=$work PATH=$target/bin:$PATH fish --private --no-config --command "source $file; complete --do-complete 'packline upd'" |
        grep -q '^update'
}

pages_are_clean() {
    local page
    for page in "$target"/share/man/man1/*.1; do
        groff -man -Tutf8 -ww -z "$page" 2>"$work/warnings"
        [ ! -s "$work/warnings" ] || { cat "$work/warnings" && return 1; }
        # A date is what a page that is made anew each time has none of; a page that is not installed yet is not found.
        mandoc -T lint -W warning "$page" | grep -vE 'missing date|referenced manual not found' >"$work/warnings" || true
        [ ! -s "$work/warnings" ] || { cat "$work/warnings" && return 1; }
    done
}

# pages_say TEXT PAGE: in what a reader sees.
pages_say() { groff -man -Tascii -P-cbou "$target/share/man/man1/$2" | tr -s ' \n' ' ' | grep -qF -- "$1"; }

every_verb_has_a_page() {
    local verb
    "$BIN/packline" --help | sed -n '/^SUBCOMMANDS:/,$p' | sed -nE 's/^  ([a-z-]+) .*/\1/p' >"$work/verbs"
    [ "$(wc -l <"$work/verbs")" -ge 9 ]
    while read -r verb; do [ -s "$target/share/man/man1/packline-$verb.1" ] || { echo "none for $verb" && return 1; }; done <"$work/verbs"
    [ -s "$target/share/man/man1/packline-sync-copy.1" ]
}

nothing_is_left() { [ -z "$(find "$stage" -type f)" ]; }

check "make install with PREFIX and DESTDIR" make_it install
check "packline alone is installed: nothing shadows the system's sync" only_packline
check "bash completes a verb" offers update packline upd
check "bash completes the verbs below sync" offers remove-archives packline sync rem
check "bash completes a flag of a verb" offers --reconcile packline discover --rec
check "zsh takes its completions" zsh_takes_it
check "fish takes its completions, and completes a verb" fish_takes_it
check "each verb has a page of the manual" every_verb_has_a_page
check "groff and mandoc have nothing to say of the pages" pages_are_clean
check "a page has flags, examples and exit codes" pages_say "EXIT STATUS 0 done 1 failed" packline-update.1
check "a page names what it refuses" pages_say "Refused, with 64" packline-sync.1
check "installing again changes nothing that is needed" make_it install
check "make uninstall" make_it uninstall
check "nothing is left of it" nothing_is_left
check "a BIN without packline is refused" bash -c "! make -C '$root' install BIN='$work' PREFIX='$work/x' && [ ! -e '$work/x' ]"
check "a PREFIX that is relative is refused" bash -c "! make -C '$root' install BIN='$BIN' PREFIX=x"
printf '%d passed, %d failed\n' "$passed" "$failed"
((failed == 0))
