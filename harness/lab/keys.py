"""Secrets of one lab, readable by their owner only."""

import secrets
from base64 import b64encode, encodebytes
from collections.abc import Iterator
from pathlib import Path

from harness.command import run

LENGTHS = {"corosync.authkey": 256, "fence.key": 256}
"""Size of each shared secret in bytes. corosync-keygen(8) makes 2048 bits as well."""
SHORTEST_PIECE = 16
"""Characters of the shortest piece of a secret that is redacted. A shorter one matches unrelated
text, and reveals nothing."""


def make_keys(folder: Path) -> None:
    """Make those secrets that are missing: an SSH key pair, Corosync's key and the fence key."""
    if not (folder / "ssh").exists():
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "quorate", "-f"]
        run([*command, folder / "ssh"], hint="install openssh-client")
    for name, length in LENGTHS.items():
        file = folder / name
        if not file.exists():
            file.touch(mode=0o600)
            file.write_bytes(secrets.token_bytes(length))


def public_key(folder: Path) -> str:
    """Return the lab's public SSH key as a line of authorized_keys."""
    return (folder / "ssh.pub").read_text().strip()


def redact(text: bytes, folder: Path) -> bytes:
    """Return the text with each secret of the lab replaced by its name."""
    pieces = {piece: file.name for file in folder.iterdir() for piece in _pieces(file)}
    for piece in sorted(pieces, key=len, reverse=True):
        text = text.replace(piece, f"[{pieces[piece]}]".encode())
    return text


def _pieces(file: Path) -> Iterator[bytes]:
    """Yield the forms in which a machine may print a secret, complete and line by line."""
    if file.suffix == ".pub":
        return
    secret = file.read_bytes()
    replaced = secret.decode(errors="replace").encode()
    forms = (secret, replaced, secret.hex().encode(), b64encode(secret), encodebytes(secret))
    for form in forms:
        lines = [line for line in form.splitlines() if not line.startswith(b"-----")]
        yield from (piece for piece in [form, *lines] if len(piece) >= SHORTEST_PIECE)
