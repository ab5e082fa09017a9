"""The chain of the log: each row's hash covers its content and the hash of the row before."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence

GENESIS = "0" * 64


def chain_hash(previous: str, content: Sequence[object]) -> str:
    """SHA-256 of a row's content and its predecessor's hash, in hexadecimal."""
    return hashlib.sha256(json.dumps([previous, *content], sort_keys=True, default=str).encode()).hexdigest()
