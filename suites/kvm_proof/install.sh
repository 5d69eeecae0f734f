#!/bin/sh
# Makes an unpacked Debian a hypervisor for labs: installs Python's libraries, and a unit that runs
# the script on the second disk.
# Usage: install.sh ROOT WHEELS LOCK
#   ROOT    root folder of the unpacked Debian
#   WHEELS  folder of the wheels
#   LOCK    file of their versions and hashes
set -eu
root=$1
mkdir -p "$root/srv/wheels" "$root/srv/quorate"
cp "$2"/* "$root/srv/wheels/"
cp "$3" "$root/srv/requirements.lock"
chroot "$root" python3 -m venv /srv/venv
chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin /srv/venv/bin/pip install -q \
    --isolated --no-index --find-links /srv/wheels --no-deps --require-hashes \
    --requirement /srv/requirements.lock
rm -rf "$root/srv/wheels"

cat > "$root/etc/systemd/system/kvm-proof.service" <<'UNIT'
[Unit]
Description=Run the script on the second disk
After=multi-user.target
[Service]
Type=oneshot
ExecStart=/bin/sh -c 'mount /dev/vdb /srv/quorate && sh /srv/quorate/run.sh 2>&1 | cat > /dev/ttyS0'
ExecStopPost=/bin/systemctl poweroff --force
UNIT
mkdir -p "$root/etc/systemd/system/default.target.wants"
ln -s ../kvm-proof.service "$root/etc/systemd/system/default.target.wants/kvm-proof.service"
mkdir -p "$root/etc/systemd/system/multi-user.target.wants"
ln -s ../kvm-proof.service "$root/etc/systemd/system/multi-user.target.wants/kvm-proof.service"
