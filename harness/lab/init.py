"""PID 1 of a lab: runs a private libvirtd in private namespaces until its lifeline closes.

`capsule.py` starts it under `unshare`. Its standard input is the lifeline, a pipe whose write end
belongs to the run that started the lab. So the lab ends with that run, however the run ends. A lab
started with `--keep` has no lifeline. When this process ends, the kernel kills all processes of the
namespaces and removes the networks, so no cleanup is needed.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

QEMU_CONF = """
user = "root"
group = "root"
security_driver = "none"
cgroup_controllers = []
namespaces = []
stdio_handler = "file"
remember_owner = 0
"""
SOCKET = Path("/run/libvirt/libvirt-sock")
START_DEADLINE_S = 30


def main() -> None:
    """Prepare the namespaces, start libvirtd, print `ready`, and wait until the lifeline closes."""
    folder, keep = Path(sys.argv[1]), "--keep" in sys.argv
    _raise_priority()
    _hide_host_libvirt(folder)
    _command("ip", "link", "set", "lo", "up")
    libvirtd = _start_libvirtd(folder)
    _await_socket(libvirtd)
    print("ready", flush=True)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    signal.signal(signal.SIGCHLD, _reap)
    if keep:
        while True:
            signal.pause()
    while os.read(0, 1):
        pass


def _raise_priority() -> None:
    """Give the lab's processes a higher scheduling priority than those of other sessions.

    The kernel divides processor time between sessions first (sched(7), autogroup). With `nice`
    alone, a compiler in another terminal would get as much as all emulated machines together.
    """
    autogroup = Path("/proc/self/autogroup")
    if autogroup.exists():
        autogroup.write_text("-10")


def _hide_host_libvirt(folder: Path) -> None:
    """Mount private folders over the host's libvirt. QEMU's capability cache is the lab's."""
    _command("mount", "--make-rprivate", "/")
    for place in ("/run", "/etc/libvirt", "/var/lib/libvirt", "/var/log/libvirt"):
        Path(place).mkdir(parents=True, exist_ok=True)
    original = Path("/etc/libvirt/qemu.conf").read_text()
    for place in ("/run", "/etc/libvirt", "/var/lib/libvirt", "/var/log/libvirt"):
        _command("mount", "-t", "tmpfs", "-o", "mode=0755", "tmpfs", place)
    cache = folder / "libvirt-cache"
    cache.mkdir(exist_ok=True)
    Path("/var/cache/libvirt").mkdir(parents=True, exist_ok=True)
    _command("mount", "--bind", str(cache), "/var/cache/libvirt")
    Path("/run/lock").mkdir()
    Path("/etc/libvirt/qemu.conf").write_text(original + QEMU_CONF)
    Path("/etc/libvirt/libvirtd.conf").write_text('auth_unix_rw = "none"\n')


def _start_libvirtd(folder: Path) -> "subprocess.Popen[bytes]":
    """Start libvirtd on one processor.

    libvirt 9.0 compares the CPUID of the processor that it runs on with that in its cache of QEMU's
    capabilities. Leaf 0x1f holds the number of the processor, so on any other one libvirt examines
    QEMU again, for 0.6 s. The machines may use all processors: libvirt sets their affinity.
    """
    processor = str(min(os.sched_getaffinity(0)))
    return subprocess.Popen(
        ["taskset", "--cpu-list", processor, "libvirtd"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=_log(folder),
    )


def _await_socket(libvirtd: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + START_DEADLINE_S
    while not SOCKET.exists():
        if libvirtd.poll() is not None or time.monotonic() > deadline:
            sys.exit("libvirtd did not start")
        time.sleep(0.02)


def _log(folder: Path) -> int:
    return os.open(folder / "libvirtd.log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)


def _reap(*_: object) -> None:
    """Reap the orphaned processes that PID 1 adopts."""
    try:
        while os.waitpid(-1, os.WNOHANG) != (0, 0):
            pass
    except ChildProcessError:
        pass


def _command(*words: str) -> None:
    if shutil.which(words[0]) is None:
        sys.exit(f"{words[0]} is not installed")
    subprocess.run(words, check=True)


if __name__ == "__main__":
    main()
