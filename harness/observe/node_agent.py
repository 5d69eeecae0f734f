"""Runs by itself on every data node for the length of a test: what is there, and what is told.

Without asking Pacemaker or libvirt: which guests have a QEMU process, whose replicas are primary,
which of their devices QEMU holds open. Four looks a second; a line for each change, and one a
second as a sign of life:

    boot=b0f0... at=1795386596.469600 runs=shop,web open=1,2 primary=1,2

Besides, a line for each thing that DRBD's kernel part or libvirt tells:

    boot=b0f0... at=1795386596.469600 drbd=change resource name:web role:Primary
    boot=b0f0... at=1795386596.469600 domain=event 'lifecycle' for domain 'web': Started Booted
    boot=b0f0... at=1795386596.469600 ended=domain

To standard output, which is kept on the node, and by UDP to the hypervisor: over ssh each line
would wake three processes. No module but these few: an emulated node takes long to import more.
"""

import os
import select
import socket
import sys
import time

PAUSE_S = 0.25
ALIVE_S = 1.0
YOUNG = 4
"""So many looks a new process is given to become QEMU."""
DRBD = 147
"""The major number of its devices (Documentation/admin-guide/devices.txt)."""
STREAMS = {
    "drbd": ("drbdsetup", "events2", "all"),
    # No keep-alive: it would wake both sides every five seconds, for a socket on one node.
    "domain": ("virsh", "-q", "-k0", "event", "--all", "--loop"),
}


class Voice:
    """Says each line here and to the hypervisor."""

    def __init__(self, host: str, port: str) -> None:
        self._boot = read("/proc/sys/kernel/random/boot_id").strip()
        self._away = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._to = (host, int(port))

    def say(self, told: str) -> None:
        """One line, with this node's time."""
        line = f"boot={self._boot} at={time.time():.6f} {told}"
        print(line, flush=True)
        try:
            self._away.sendto(line.encode(), self._to)
        except OSError:
            return  # the way out is cut: it is read later, from the node


class Guests:
    """QEMU's processes, each known from its birth on: to look at all processes would be load."""

    def __init__(self) -> None:
        self._newest = newest_process()
        self._young = {int(name): 0 for name in os.listdir("/proc") if name.isdigit()}
        self._guests: dict[int, str] = {}
        self._held: dict[int, tuple[str, int]] = {}

    def look(self) -> str:
        """Which guests run, and which replicated devices they hold open."""
        self._look_at_the_young()
        self._guests = {pid: name for pid, name in self._guests.items() if lives(pid)}
        for pid in self._guests:
            if minor_of(self._held.get(pid, ("", 0))[0]) is None:
                self._held[pid] = held_device(pid)
        held = [minor for pid in self._guests for file, minor in [self._held[pid]] if file]
        return f"runs={','.join(self._guests.values())} open={','.join(map(str, held))}"

    def _look_at_the_young(self) -> None:
        """Who was born since, by the last number given."""
        before, self._newest = self._newest, newest_process()
        first = before + 1 if self._newest >= before else 1  # the numbers began anew
        self._young |= dict.fromkeys(range(first, self._newest + 1), 0)
        for pid in list(self._young):
            self._young[pid] += 1
            if self._young[pid] > YOUNG:
                del self._young[pid]
            if name := guest_of(pid):
                self._guests[pid] = name


class Stream:
    """What a command tells, line by line."""

    def __init__(self, name: str, command: tuple[str, ...]) -> None:
        self.name = name
        self.handle, told = os.pipe()
        self._rest = ""
        null = [(os.POSIX_SPAWN_OPEN, number, "/dev/null", os.O_RDWR, 0) for number in (0, 2)]
        output = (os.POSIX_SPAWN_DUP2, told, 1)
        try:
            os.posix_spawnp(command[0], command, os.environ, file_actions=[*null, output])
        except FileNotFoundError:
            pass  # nobody tells anything: it ends at once
        os.close(told)

    def fileno(self) -> int:
        """For select()."""
        return self.handle

    def lines(self) -> list[str] | None:
        """What it told meanwhile, None when it has ended."""
        told = os.read(self.handle, 65536).decode(errors="replace")
        *lines, self._rest = (self._rest + told).split("\n")
        return list(filter(None, lines)) if told else None


def guest_of(pid: int) -> str | None:
    """The guest whose QEMU that process is; a thread is no process."""
    if not read(f"/proc/{pid}/comm").startswith(("qemu-system", "kvm")):
        return None
    if f"\nTgid:\t{pid}\n" not in read(f"/proc/{pid}/status"):
        return None
    words = read(f"/proc/{pid}/cmdline").split("\0")
    names = (w.removeprefix("guest=").partition(",")[0] for w in words if w.startswith("guest="))
    return next(names, None)


def lives(pid: int) -> bool:
    """A zombie has no program any more."""
    try:
        return bool(os.readlink(f"/proc/{pid}/exe"))
    except OSError:
        return False


def held_device(pid: int) -> tuple[str, int]:
    """The replicated device that the process holds open: its handle and its minor number."""
    try:
        handles = [f"/proc/{pid}/fd/{name}" for name in os.listdir(f"/proc/{pid}/fd")]
    except OSError:
        handles = []
    found = ((handle, minor_of(handle)) for handle in handles)
    return next(((handle, minor) for handle, minor in found if minor is not None), ("", 0))


def minor_of(handle: str) -> int | None:
    """The number of the replicated device behind a handle, None when it is something else."""
    try:
        device = os.stat(handle).st_rdev
    except OSError:
        return None
    return os.minor(device) if os.major(device) == DRBD else None


def primaries(table: str) -> str:
    """The minor numbers of the devices that are primary here, by /proc/drbd."""
    lines = (line.partition(":") for line in table.splitlines() if " ro:Primary/" in line)
    return ",".join(minor.strip() for minor, _, _ in lines)


def newest_process() -> int:
    """The last number that was given to one."""
    return int(read("/proc/loadavg").split()[-1])


def read(file: str) -> str:
    """What is in a file; nothing when it is gone."""
    try:
        with open(file, errors="replace") as opened:
            return opened.read()
    except OSError:
        return ""


def hear(streams: list[Stream], voice: Voice, until_s: float) -> None:
    """Pass on what they tell until then."""
    while (left_s := until_s - time.monotonic()) > 0:
        for stream in select.select(streams, [], [], left_s)[0]:
            lines = stream.lines()
            for line in lines or ():
                voice.say(f"{stream.name}={line}")
            if lines is None:
                voice.say(f"ended={stream.name}")
                streams.remove(stream)


def main(host: str, port: str) -> None:
    """Look and listen until killed."""
    voice, guests = Voice(host, port), Guests()
    streams = [Stream(name, command) for name, command in STREAMS.items()]
    said, due_s = "", 0.0
    while True:
        looked_s = time.monotonic()
        now = f"{guests.look()} primary={primaries(read('/proc/drbd'))}"
        if now != said or looked_s >= due_s:
            voice.say(now)
            said, due_s = now, looked_s + ALIVE_S
        hear(streams, voice, time.monotonic() + PAUSE_S)


if __name__ == "__main__":
    main(*sys.argv[1:])
