"""Secrets of a lab, made for it alone and readable by its owner only."""

import secrets
from base64 import b64encode, encodebytes
from collections.abc import Iterator
from pathlib import Path

from harness.command import run

LENGTHS = {"corosync.authkey": 256, "fence.key": 256}
"""Bytes of each shared secret; corosync-keygen(8) makes 2048 bits as well."""
TELLING = 16
"""A piece of a secret with fewer characters is found everywhere, and gives nothing away."""


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


def redact(text: bytes, folder: Path) -> bytes:
    """The text with each secret of the lab replaced by its name, so that it may be passed on."""
    pieces = {piece: file.name for file in folder.iterdir() for piece in _pieces(file)}
    for piece in sorted(pieces, key=len, reverse=True):
        text = text.replace(piece, f"[{pieces[piece]}]".encode())
    return text


def _pieces(file: Path) -> Iterator[bytes]:
    """A secret as a machine may print it, whole and line by line."""
    if file.suffix == ".pub":
        return
    secret = file.read_bytes()
    unreadable = secret.decode(errors="replace").encode()
    printed = (secret, unreadable, secret.hex().encode(), b64encode(secret), encodebytes(secret))
    for form in printed:
        lines = [line for line in form.splitlines() if not line.startswith(b"-----")]
        yield from (piece for piece in [form, *lines] if len(piece) >= TELLING)
