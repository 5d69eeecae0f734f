#!/bin/sh
# Runs in the emulated hypervisor: tests the smoke suite under its KVM, then shows its nodes.
cd /srv/quorate || exit
export HOME=/root TERM=dumb PYTHONPATH=/srv/quorate PYTHONDONTWRITEBYTECODE=1
python=/srv/venv/bin/python
quorate="$python -m harness.cli"

dmesg -n 3 # only errors of the kernel on this console, which carries the output
echo '--- the machine'
grep -m1 'model name' /proc/cpuinfo
uname -r
lsmod | grep kvm
cat /sys/module/kvm_amd/parameters/nested
$quorate doctor
$python -m suites.kvm_proof.slowness > slow.yml || exit
cat slow.yml

echo '--- suites/smoke --accel kvm'
$python -m pytest suites/smoke --accel kvm --profile slow.yml --keep-lab -p no:cacheprovider \
    -o timeout=14400
status=$?

echo '--- the nodes'
$quorate status
for node in alpha bravo arbiter; do
    $quorate ssh $node 'hostname; systemd-detect-virt; lsmod | grep kvm; ls -l /dev/kvm'
done
$quorate ssh alpha 'virsh -c qemu:///system list; dmesg | grep -i "kvm\|lockup"'
ps -e -o args | grep '[q]emu-system' | grep -o -- '-accel [^ ]*\|-cpu [^ ]*'
echo "kvm-proof: exit status $status"
