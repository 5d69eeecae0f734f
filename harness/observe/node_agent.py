"""The node agent: runs on every data node, and reports guests and replicas.

It does not ask Pacemaker or libvirt. It reports which guests have a QEMU process, which replicas
are primary, and which DRBD devices QEMU holds open. It samples four times a second, and at once
when a QEMU process ends. It prints a line for each change, and at least one a second as a sign of
life. A process is printed with its id and its start time. At the end of the line follow, in
seconds, the run time and the wait of the guest's virtual processor:

    boot=b0f0... at=1795386596.469600 runs=web/1234@1795386501.47 open=1 primary=1
        served=web/1234:6.279+5.748

It also prints a line for each event of DRBD's kernel module or libvirt. If a stream of events ends,
because its daemon did, the agent opens it again:

    boot=b0f0... at=1795386596.469600 drbd=change resource name:web role:Primary
    boot=b0f0... at=1795386596.469600 domain=event 'lifecycle' for domain 'web': Started Booted
    boot=b0f0... at=1795386596.469600 ended=domain
    boot=b0f0... at=1795386597.469600 opened=domain

It is one file, because the harness sends it to a node as the text of a command.

Lines go to standard output, which the node stores, and by UDP to the hypervisor: over SSH each line
would wake three processes. The agent imports few modules, and only the C part of `socket`. So an
emulated node starts it in 0.09 s, and would take 0.17 s with all of `socket`. There it costs 7.7 ms
of processor time a second.
"""

import _socket
import os
import select
import sys
import time

PERIOD_S = 0.25
ALIVE_S = 1.0
YOUNG_S = 3.0
"""Time for which a new process is examined. libvirt prepares it between fork and exec of QEMU."""
REOPEN_S = 5.0
"""Shortest time between two starts of a stream. Each takes an emulated node 0.1 s."""
FORKING_S = 0.1
"""Time for a new process to appear in /proc. Its id is assigned a moment before."""
DRBD = 147
"""Major number of DRBD's devices (Documentation/admin-guide/devices.txt)."""
TICKS = os.sysconf("SC_CLK_TCK")
STREAMS = {
    "drbd": ("drbdsetup", "events2", "all"),
    # Without keep-alive, which would wake both sides every five seconds for a local socket.
    "domain": ("virsh", "-q", "-k0", "event", "--all", "--loop"),
}


class Output:
    """Prints each line and sends it to the hypervisor."""

    def __init__(self, host: str, port: str) -> None:
        self._boot = read("/proc/sys/kernel/random/boot_id").strip()
        self._socket = _socket.socket(_socket.AF_INET, _socket.SOCK_DGRAM)
        self._hypervisor = (host, int(port))

    def write(self, fact: str, at_s: float) -> None:
        """Write a line with this node's time in seconds since the epoch."""
        line = f"boot={self._boot} at={at_s:.6f} {fact}"
        print(line, flush=True)
        try:
            self._socket.sendto(line.encode(), self._hypervisor)
        except OSError:
            return  # no network: the harness reads the line later, from the node


class Process:
    """A guest's QEMU process, with a pidfd that becomes readable when the process ends.

    Raises:
        OSError, IndexError: the process has ended.
    """

    def __init__(self, pid: int, guest: str) -> None:
        self.pid = pid
        self.text = f"{guest}/{pid}@{birth_s(pid):.2f}"
        """The process as it is printed, the same in each sample."""
        self._guest = guest
        self._device: tuple[str, int] = ("", 0)
        self._vcpu = ""
        self._handle = os.pidfd_open(pid)

    def fileno(self) -> int:
        """For select()."""
        return self._handle

    def minor(self) -> str:
        """Return the minor number of the DRBD device that it holds open, or ""."""
        if minor_of(self._device[0]) is None:
            self._device = held_device(self.pid)
        return str(self._device[1]) if self._device[0] else ""

    def served(self) -> str:
        """Return run time and wait of the guest's virtual processor; "" before it exists."""
        self._vcpu = self._vcpu or vcpu_of(self.pid)
        times = read(self._vcpu).split()[:2] if self._vcpu else []
        seconds = "+".join(f"{int(time_ns) / 1e9:.3f}" for time_ns in times)
        return seconds and f"{self._guest}/{self.pid}:{seconds}"

    def close(self) -> None:
        """Close the pidfd."""
        os.close(self._handle)


class Guests:
    """The QEMU processes. Only new processes are examined, because examining all would be load."""

    def __init__(self) -> None:
        self.processes: list[Process] = []
        self._newest = newest_process()
        # Processes that exist already are examined for 1 s only: an emulated node has 150 of them.
        born_s = time.monotonic() - YOUNG_S + ALIVE_S
        self._young = {int(name): born_s for name in os.listdir("/proc") if name.isdigit()}

    def sample(self) -> str:
        """Return which guests run, and which DRBD devices they hold open."""
        self._examine_young(time.monotonic())
        minors = filter(None, [process.minor() for process in self.processes])
        runs = ",".join(process.text for process in self.processes)
        return f"runs={runs} open={','.join(minors)}"

    def served(self) -> str:
        """Return run time and wait of each guest's virtual processor."""
        return ",".join(filter(None, [process.served() for process in self.processes]))

    def forget(self, ended: list[Process]) -> None:
        """Remove processes that have ended."""
        for process in ended:
            self.processes.remove(process)
            process.close()

    def _examine_young(self, now_s: float) -> None:
        """Examine the processes started since the last call, and those younger than `YOUNG_S`."""
        before, self._newest = self._newest, newest_process()
        first = before + 1 if self._newest >= before else 1  # the ids wrapped around
        self._young |= dict.fromkeys(range(first, self._newest + 1), now_s)
        for pid, born_s in list(self._young.items()):
            program = read(f"/proc/{pid}/comm")
            gone = not program and now_s - born_s > FORKING_S
            if gone or now_s - born_s > YOUNG_S or self._add(pid, program):
                del self._young[pid]

    def _add(self, pid: int, program: str) -> bool:
        guest = guest_of(pid, program)
        if guest is None:
            return False
        try:
            self.processes.append(Process(pid, guest))
        except (OSError, IndexError):
            pass  # the process has ended
        return True


class Stream:
    """The output of a command, line by line."""

    def __init__(self, name: str, command: tuple[str, ...]) -> None:
        self.name = name
        self.handle, output = os.pipe()
        self._rest = ""
        null = [(os.POSIX_SPAWN_OPEN, number, "/dev/null", os.O_RDWR, 0) for number in (0, 2)]
        actions = [*null, (os.POSIX_SPAWN_DUP2, output, 1)]
        self._pid = 0
        try:
            self._pid = os.posix_spawnp(command[0], command, os.environ, file_actions=actions)
        except FileNotFoundError:
            pass  # no such command: the stream ends at once
        os.close(output)

    def fileno(self) -> int:
        """For select()."""
        return self.handle

    def lines(self) -> list[str] | None:
        """Return the lines printed since the last call, or None if the command has ended."""
        text = os.read(self.handle, 65536).decode(errors="replace")
        *lines, self._rest = (self._rest + text).split("\n")
        return list(filter(None, lines)) if text else None

    def close(self) -> None:
        """Release what is left of a command that has ended."""
        os.close(self.handle)
        if self._pid:
            os.waitpid(self._pid, os.WNOHANG)


class Streams:
    """The streams that are open. One that has ended is opened again."""

    def __init__(self, output: Output) -> None:
        self.open: list[Stream] = []
        self._output = output
        self._due_s = dict.fromkeys(STREAMS, 0.0)

    def reopen(self, now_s: float) -> None:
        """Open those that are not open, each at most once in `REOPEN_S`."""
        names = {stream.name for stream in self.open}
        for name in [one for one in STREAMS if one not in names and now_s >= self._due_s[one]]:
            if self._due_s[name]:
                self._output.write(f"opened={name}", time.time())
            self.open.append(Stream(name, STREAMS[name]))
            self._due_s[name] = now_s + REOPEN_S

    def end(self, stream: Stream) -> None:
        """Report and remove a stream that has ended."""
        self._output.write(f"ended={stream.name}", time.time())
        self.open.remove(stream)
        stream.close()


def guest_of(pid: int, program: str) -> str | None:
    """Return the guest of a QEMU process; None for any other process and for a thread."""
    if not program.startswith(("qemu-system", "kvm")):
        return None
    if f"\nTgid:\t{pid}\n" not in read(f"/proc/{pid}/status"):
        return None
    words = read(f"/proc/{pid}/cmdline").split("\0")
    names = (w.removeprefix("guest=").partition(",")[0] for w in words if w.startswith("guest="))
    return next(names, None)


def birth_s(pid: int) -> float:
    """Return when a process started, in seconds since the epoch (`starttime`, proc_pid_stat(5)).

    The clocks are read in this order, so that a pause in between cannot give too early a time.

    Raises:
        IndexError: the process has ended.
    """
    since_boot_s = int(read(f"/proc/{pid}/stat").rpartition(")")[2].split()[19]) / TICKS
    return since_boot_s - time.clock_gettime(time.CLOCK_BOOTTIME) + time.time()


def held_device(pid: int) -> tuple[str, int]:
    """Return the DRBD device that a process holds open: the path in /proc and the minor number."""
    try:
        handles = [f"/proc/{pid}/fd/{name}" for name in os.listdir(f"/proc/{pid}/fd")]
    except OSError:
        handles = []
    found = ((handle, minor_of(handle)) for handle in handles)
    return next(((handle, minor) for handle, minor in found if minor is not None), ("", 0))


def vcpu_of(pid: int) -> str:
    """Return the schedstat file of the guest's virtual processor; "" before it exists."""
    try:
        threads = [f"/proc/{pid}/task/{name}" for name in os.listdir(f"/proc/{pid}/task")]
    except OSError:
        threads = []
    vcpus = (thread for thread in threads if read(f"{thread}/comm").startswith("CPU 0/"))
    return next((f"{vcpu}/schedstat" for vcpu in vcpus), "")


def minor_of(handle: str) -> int | None:
    """Return the minor number of the DRBD device behind a file, or None for another file."""
    try:
        device = os.stat(handle).st_rdev
    except OSError:
        return None
    return os.minor(device) if os.major(device) == DRBD else None


def primaries(table: str) -> str:
    """Return the minor numbers of the devices that are primary, from the text of /proc/drbd."""
    lines = (line.partition(":") for line in table.splitlines() if " ro:Primary/" in line)
    return ",".join(minor.strip() for minor, _, _ in lines)


def newest_process() -> int:
    """Return the process id that was assigned last."""
    return int(read("/proc/loadavg").split()[-1])


def read(file: str) -> str:
    """Return the content of a file, or "" if it is gone."""
    try:
        with open(file, errors="replace") as opened:
            return opened.read()
    except OSError:
        return ""


def listen(streams: Streams, guests: Guests, output: Output, until_s: float) -> None:
    """Write what the streams print until that time, or until a QEMU process ends."""
    while (left_s := until_s - time.monotonic()) > 0:
        sources: list[Stream | Process] = [*streams.open, *guests.processes]
        ready = select.select(sources, [], [], left_s)[0]
        for stream in [one for one in ready if isinstance(one, Stream)]:
            lines = stream.lines()
            for line in lines or ():
                output.write(f"{stream.name}={line}", time.time())
            if lines is None:
                streams.end(stream)
        if ended := [one for one in ready if isinstance(one, Process)]:
            guests.forget(ended)
            return


def main(host: str, port: str) -> None:
    """Sample and listen until killed."""
    output, guests = Output(host, port), Guests()
    streams = Streams(output)
    last, due_s = "", 0.0
    while True:
        # The time is read before the sample, so that each fact was certainly true at that time.
        looked_s, at_s = time.monotonic(), time.time()
        seen = f"{guests.sample()} primary={primaries(read('/proc/drbd'))}"
        if seen != last or looked_s >= due_s:
            output.write(f"{seen} served={guests.served()}", at_s)
            last, due_s = seen, looked_s + ALIVE_S
        streams.reopen(looked_s)  # after the first sample, because virsh starts slowly
        listen(streams, guests, output, time.monotonic() + PERIOD_S)


if __name__ == "__main__":
    main(*sys.argv[1:])
