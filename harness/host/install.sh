#!/bin/sh
# Installs the Debian packages of packages.txt whose proof is missing.
# Prints nothing if none is missing.
set -eu

list=$(dirname "$0")/packages.txt
log=/var/log/quorate-host-packages.log
policy=/usr/sbin/policy-rc.d
PATH=$PATH:/usr/sbin:/sbin # some commands of the packages are here, outside a user's PATH

present() {
    case $1 in
        # Unquoted, because a path may be a pattern.
        /*) set -- $1 && [ -e "$1" ] ;;
        *) command -v "$1" >/dev/null ;;
    esac
}

missing() {
    while read -r proof package; do
        case $proof in '' | '#'*) continue ;; esac
        present "$proof" || printf ' %s' "$package"
    done <"$list"
}

fail() {
    echo "quorate: $*" >&2
    exit 1
}

# Runs this script again with sudo, if sudo needs no password or can ask for it on a terminal.
become_root() {
    if sudo -n true 2>/dev/null || { [ -t 0 ] && command -v sudo >/dev/null; }; then
        exec sudo sh "$0"
    fi
    fail "missing on this machine:$packages; type: su -c 'apt-get install$packages'"
}

# Prevents the start of newly installed services: the lab runs its own libvirtd. An existing policy
# of the administrator is not changed. This policy is in force only while this script runs, so it
# has no effect if the script is killed and leaves it behind.
forbid_services() {
    [ -e "$policy" ] && return
    trap 'rm -f "$policy"' EXIT
    trap 'exit 1' HUP INT TERM
    printf '#!/bin/sh\n[ -d /proc/%s ] && exit 101\nexit 0\n' $$ >"$policy"
    chmod 755 "$policy"
}

apt() {
    DEBIAN_FRONTEND=noninteractive apt-get -q -y "$@" >>"$log" 2>&1 </dev/null
}

packages=$(missing)
[ -n "$packages" ] || exit 0
command -v apt-get >/dev/null || fail "not a Debian machine, and missing:$packages"
[ "$(id -u)" = 0 ] || become_root

echo "quorate: installing$packages (log: $log)"
: >"$log"
forbid_services
apt update || fail "apt-get update failed: does the package mirror answer? See $log"
# Unquoted, because it is a list of names.
apt install --no-install-recommends $packages || fail "apt-get install failed, see $log"
packages=$(missing)
[ -z "$packages" ] || fail "installed, but the proof in $list is missing:$packages"
