#!/usr/bin/env bash
# start-svn.sh PORT REPOSITORY STATE_FOLDER
# Serves one Subversion repository at http://127.0.0.1:PORT/ with Apache and mod_dav_svn, as plugins.svn.wordpress.org
# does: at the root, listing on, read-only, KeepAlive. Prints the pid. Both folders must be readable for www-data where
# this is run as root.
. "$(dirname "$0")/lib.sh"
(($# == 3)) || fail "usage: start-svn.sh PORT REPOSITORY STATE_FOLDER"
port=$1 repository=$(realpath "$2")
mkdir -p "$3"
state=$(realpath "$3")
modules=/usr/lib/apache2/modules

cat >"$state/httpd.conf" <<CONF
ServerRoot "$state"
ServerName 127.0.0.1
ServerTokens Prod
PidFile "$state/httpd.pid"
Listen 127.0.0.1:$port
User www-data
Group www-data
ErrorLog "$state/error.log"
LogLevel warn
LoadModule mpm_event_module $modules/mod_mpm_event.so
LoadModule authz_core_module $modules/mod_authz_core.so
LoadModule dav_module $modules/mod_dav.so
LoadModule dav_svn_module $modules/mod_dav_svn.so
LogFormat "%h \"%r\" %>s %b %D us" plain
CustomLog "$state/access.log" plain
StartServers 1
ThreadsPerChild 16
Timeout 600
KeepAlive On
MaxKeepAliveRequests 0
<Location />
  DAV svn
  SVNPath "$repository"
  Require all granted
  <LimitExcept GET HEAD OPTIONS PROPFIND REPORT>
    Require all denied
  </LimitExcept>
</Location>
CONF

port_is_free "$port" || fail "port $port is in use"
in_background "$state/stdout.log" apache2 -d "$state" -f "$state/httpd.conf" -DFOREGROUND
wait_for_url "http://127.0.0.1:$port/" "$started" "$state/error.log"
echo "$started"
