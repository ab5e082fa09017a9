"""Encryption with keys that lie outside the database: a key ring, texts and bytes sealed with it, and rotation.

Keys are files `<id>.key` in the folder POLIEDRO_KEYS (by default `keys` beside the site's own files), readable by their
owner alone, or "id:key,id:key" in POLIEDRO_KEY_RING, the last being the one that seals. AES-256-GCM; what a sealed text
belongs to is authenticated with it, so that a token moved to another row does not open there. Contents are filled up
before they are sealed (Note [Lengths tell]).
"""

from __future__ import annotations

import base64
import hmac
import os
import secrets
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

NONCE_BYTES = 12
PADDED, LEAST_BYTES = "p:", 512
"""Before a token whose content was filled up; and up to how many bytes at the least. See Note [Lengths tell]."""


class KeyMissing(RuntimeError):
    """A sealed text names a key that the ring does not hold."""


class SealBroken(RuntimeError):
    """A sealed text was changed, or moved to where it does not belong."""


def encrypt(key: bytes, content: bytes, belongs_to: str) -> str:
    """The token of the content under one key; `belongs_to` has to be named again to open it."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    return base64.urlsafe_b64encode(nonce + AESGCM(key).encrypt(nonce, content, belongs_to.encode())).decode()


def decrypt(key: bytes, token: str, belongs_to: str) -> bytes:
    """The content. Raises SealBroken."""
    raw = base64.urlsafe_b64decode(token)
    try:
        return AESGCM(key).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], belongs_to.encode())
    except InvalidTag as error:
        raise SealBroken(f"the sealed text of {belongs_to} was changed, or belongs elsewhere") from error


def _filled(content: bytes) -> bytes:
    """The content, a mark and zeros: 512 bytes, or the next eighth of a power of two (at most an eighth more).

    # Note [Lengths tell]
    Encryption hides words and not how many there are. "cluster:agrifood" and "cluster:mesap", or two managers' names,
    would be told apart by their tokens' lengths alone: of a region's dozen clusters a thief would know which.
    """
    bytes_ = len(content) + 1
    step = max(1 << max(bytes_.bit_length() - 4, 0), 1)
    size = max(LEAST_BYTES, -(-bytes_ // step) * step)
    return content + b"\x01" + bytes(size - bytes_)


@dataclass(frozen=True)
class KeyRing:
    """keys: id -> 32 bytes, oldest first; the last one seals, all of them open."""

    keys: dict[str, bytes]

    @property
    def current(self) -> str:
        return list(self.keys)[-1]

    def seal(self, content: bytes, belongs_to: str) -> tuple[str, str]:
        """(key id, token) of the content; `belongs_to` has to be named again to open it."""
        return self.current, PADDED + encrypt(self.keys[self.current], _filled(content), belongs_to)

    def mark(self, content: str, key_id: str = "") -> str:
        """By what content is found again where only its seal is kept: HMAC-SHA256 with a key made from the ring's.

        key_id: another key than the current one.
        """
        own = hmac.digest(self.keys[key_id or self.current], b"marks", "sha256")
        return hmac.digest(own, content.encode(), "sha256").hex()

    def marks(self, content: str) -> list[str]:
        """The content's mark under each key of the ring: a rotation that was cut off must not hide a row."""
        return [self.mark(content, key_id) for key_id in self.keys]

    def open(self, key_id: str, token: str, belongs_to: str) -> bytes:
        """The content. Raises KeyMissing or SealBroken."""
        if key_id not in self.keys:
            raise KeyMissing(f"key {key_id!r} is not on the ring; put its file back into the folder of keys")
        content = decrypt(self.keys[key_id], token.removeprefix(PADDED), belongs_to)
        return content.rstrip(b"\0")[:-1] if token.startswith(PADDED) else content


def folder() -> Path:
    return Path(os.environ.get("POLIEDRO_KEYS") or Path(settings.VAR) / "keys")


def key_ring() -> KeyRing:
    """The ring as it is now; a site's first key is made when it is first needed."""
    if stated := os.environ.get("POLIEDRO_KEY_RING"):
        pairs = (pair.split(":", 1) for pair in stated.split(","))
        return KeyRing({key_id.strip(): base64.urlsafe_b64decode(key) for key_id, key in pairs})
    paths = sorted(folder().glob("*.key")) or [add_key()]
    return KeyRing({path.stem: base64.urlsafe_b64decode(path.read_text()) for path in paths})


def add_key(at: datetime | None = None) -> Path:
    """Make a new key, which seals from now on. Returns its file. Ids are numbered, so that the newest sorts last."""
    folder().mkdir(parents=True, exist_ok=True)
    numbers = [int(p.stem.split("-")[0]) for p in folder().glob("*.key")]
    day = f"-{at:%Y%m%d}" if at else ""
    path = folder() / f"{max(numbers, default=0) + 1:04d}{day}.key"
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(base64.urlsafe_b64encode(secrets.token_bytes(32)).decode())
    return path


def retire_key(key_id: str) -> None:
    """Take a key that nothing is sealed with any more out of the ring, for good."""
    (folder() / f"{key_id}.key").unlink(missing_ok=True)
