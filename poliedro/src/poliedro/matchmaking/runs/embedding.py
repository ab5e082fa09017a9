"""A static sentence-embedding model from disk (folder format of model2vec): a vector a word piece, a text their mean.

Optional: the setting EMBEDDING_MODEL (POLIEDRO_EMBEDDING_MODEL) names the folder; without it the search has words,
concepts and cognates alone. The folder holds `model.safetensors` with a tensor `embeddings` (pieces, dimensions) in F32
or F16, and `tokenizer.json` with a WordPiece vocabulary. Nothing is fetched, and no further library is needed.
"""

from __future__ import annotations

import hashlib
import json
import re
import struct
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

_WORD = re.compile(r"\w+|[^\w\s]")
_TYPES: dict[str, Any] = {"F32": np.dtype("<f4"), "F16": np.dtype("<f2")}


class InvalidModel(ValueError):
    """The folder does not hold a model that can be read; the message names what is missing."""


@dataclass(frozen=True)
class Embedding:
    """name: of the folder. checksum: SHA-256 of the vectors' file. vectors: (pieces, dimensions), float32."""

    name: str
    checksum: str
    vectors: np.ndarray
    pieces: Mapping[str, int]
    lower: bool

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """A unit vector a text, (texts, dimensions), float32; zeros where no piece of it is known."""
        out = np.zeros((len(texts), self.vectors.shape[1]), dtype=np.float32)
        for row, text in enumerate(texts):
            known = self._pieces_of(text)
            if known:
                mean = self.vectors[known].mean(axis=0)
                out[row] = mean / max(float(np.linalg.norm(mean)), 1e-9)
        return out

    def _pieces_of(self, text: str) -> list[int]:
        plain = unicodedata.normalize("NFC", text.lower() if self.lower else text)
        return [piece for word in _WORD.findall(plain) for piece in self._split(word)]

    def _split(self, word: str) -> list[int]:
        """The longest pieces from the left, as WordPiece does; nothing where a part of the word is unknown."""
        found, at = [], 0
        while at < len(word):
            for end in range(len(word), at, -1):
                piece = self.pieces.get(word[at:end] if at == 0 else f"##{word[at:end]}")
                if piece is not None:
                    found.append(piece)
                    at = end
                    break
            else:
                return []
        return found


@lru_cache(maxsize=2)
def read_embedding(folder: Path) -> Embedding:
    """The model in a folder. Raises InvalidModel."""
    for name in ("model.safetensors", "tokenizer.json"):
        if not (folder / name).is_file():
            raise InvalidModel(f"{folder} has no {name}; name a folder in the format of model2vec, or none")
    body = (folder / "model.safetensors").read_bytes()
    stated = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
    model = stated.get("model") or {}
    if model.get("type") != "WordPiece":
        raise InvalidModel(f"{folder}: the tokenizer is {model.get('type')!r}; only 'WordPiece' can be read")
    vectors = _tensor(body, folder)
    pieces = {str(piece): int(row) for piece, row in model["vocab"].items() if int(row) < len(vectors)}
    lower = bool((stated.get("normalizer") or {}).get("lowercase", True))
    return Embedding(folder.name, hashlib.sha256(body).hexdigest(), vectors, pieces, lower)


def _tensor(body: bytes, folder: Path) -> np.ndarray:
    """The tensor `embeddings` of a safetensors file: 8 bytes of length, a JSON header, the numbers."""
    (length,) = struct.unpack("<Q", body[:8]) if len(body) >= 8 else (0,)
    try:
        header: dict[str, Any] = json.loads(body[8 : 8 + length])
    except ValueError as wrong:
        raise InvalidModel(f"{folder}/model.safetensors has no readable header: {wrong}") from wrong
    if "embeddings" not in header:
        raise InvalidModel(f"{folder}/model.safetensors holds {sorted(header)}, not 'embeddings'")
    told = header["embeddings"]
    if told["dtype"] not in _TYPES or len(told["shape"]) != 2:
        raise InvalidModel(
            f"{folder}: embeddings are {told['dtype']} {told['shape']}; F32 or F16 in two dimensions is read"
        )
    begin, end = (8 + length + x for x in told["data_offsets"])
    values = np.frombuffer(body[begin:end], dtype=_TYPES[told["dtype"]])
    return np.asarray(values.reshape(told["shape"]), dtype=np.float32)
