#!/usr/bin/env bash
# load-svn.sh FOLDER ARGUMENTS-OF-make-svn-dump.py...
# Makes a Subversion repository of generated history: FOLDER/repository, and FOLDER/summary.json about it.
. "$(dirname "$0")/lib.sh"
(($# > 1)) || fail "usage: load-svn.sh FOLDER ARGUMENTS-OF-make-svn-dump.py..."
folder=$1
shift
mkdir -p "$folder"
svnadmin create "$folder/repository"
# The table of shared representations costs one SQLite commit a revision: three quarters of the time to load.
sed -i 's/^# enable-rep-sharing = true/enable-rep-sharing = false/' "$folder/repository/db/fsfs.conf"
# Some log messages hold bytes that svnadmin would refuse and that real repositories have.
python3 "$root/scripts/make-svn-dump.py" "$@" --summary "$folder/summary.json" |
    svnadmin load --quiet -M 256 --bypass-prop-validation --no-flush-to-disk "$folder/repository"
# Apache's children read it as www-data.
chmod -R a+rX "$folder"
