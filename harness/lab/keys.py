"""Secrets of a lab, made for it alone and readable by its owner only."""

import secrets
from pathlib import Path

from harness.progress import run

LENGTHS = {"corosync.authkey": 256, "fence.key": 256}
"""Bytes of each shared secret; corosync-keygen(8) makes 2048 bits as well."""


def make_keys(folder: Path) -> None:
    """Make what is missing: an SSH key pair, Corosync's key and fencing's key."""
    if not (folder / "ssh").exists():
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "quorate", "-f"]
        run([*command, folder / "ssh"], hint="install openssh-client")
    for name, length in LENGTHS.items():
        file = folder / name
        if not file.exists():
            file.touch(mode=0o600)
            file.write_bytes(secrets.token_bytes(length))


def public_key(folder: Path) -> str:
    """The public half of the lab's SSH key, as authorized_keys wants it."""
    return (folder / "ssh.pub").read_text().strip()
