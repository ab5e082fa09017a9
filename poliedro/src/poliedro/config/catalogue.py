"""The interface's words: reads the parts of the catalogue, merges and compiles them, finds what is not translated.

Every room's author keeps a file `locale/parts/NAME.po`. `poliedro messages` merges them into one Italian catalogue and
compiles it; no gettext tools are needed.
"""

from __future__ import annotations

import ast
import re
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

CONTEXT = "\x04"
"""Stands between context and message in a compiled catalogue."""


class InvalidCatalogue(ValueError):
    """A part cannot be read, or two parts translate the same message differently."""


@dataclass(frozen=True)
class Message:
    """One message. plural is empty where the message does not count something."""

    text: str
    plural: str = ""
    context: str = ""
    translations: tuple[str, ...] = field(default=(), compare=False)
    place: str = field(default="", compare=False)

    @property
    def is_translated(self) -> bool:
        return bool(self.translations) and all(self.translations)


# --- reading and writing ----------------------------------------------------------------------------------------------
_KEYWORD = re.compile(r'^(msgctxt|msgid_plural|msgid|msgstr(?:\[(\d)\])?)\s+(".*")$')


def read_part(text: str, name: str = "part") -> list[Message]:
    """The messages of a .po file, its header left out. Raises InvalidCatalogue with the line at fault."""
    found: list[Message] = []
    entry: dict[str, str] = {}
    key = ""

    def finish() -> None:
        if entry.get("msgid"):
            strings = tuple(v for k, v in sorted(entry.items()) if k.startswith("msgstr"))
            found.append(
                Message(entry["msgid"], entry.get("msgid_plural", ""), entry.get("msgctxt", ""), strings, name)
            )
        entry.clear()

    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        try:
            if match := _KEYWORD.match(line):
                key = match[1]
                if key in {"msgctxt", "msgid"} and any(k.startswith("msgstr") for k in entry):
                    finish()
                if key in entry:
                    raise ValueError
                entry[key] = ast.literal_eval(match[3])
            elif line.startswith('"') and key in entry:
                entry[key] += ast.literal_eval(line)
            else:
                raise ValueError
        except (ValueError, SyntaxError):
            raise InvalidCatalogue(f"{name}, line {number}: cannot read {line!r}; write msgid and msgstr") from None
    finish()
    return found


def merge_parts(parts: Iterable[Iterable[Message]]) -> list[Message]:
    """One message each, in the order of the text. Untranslated ones give way to translated ones.

    Raises InvalidCatalogue where two parts translate the same message differently.
    """
    merged: dict[tuple[str, str], Message] = {}
    for part in parts:
        for message in part:
            key = (message.context, message.text)
            known = merged.get(key)
            if known is None or not known.is_translated:
                merged[key] = message
            elif message.is_translated and message.translations != known.translations:
                raise InvalidCatalogue(
                    f"{message.text!r} is {known.translations} in {known.place} and {message.translations} in "
                    f"{message.place}; keep one, or give one a context (msgctxt)"
                )
    return [merged[key] for key in sorted(merged)]


def header(language: str) -> str:
    return (
        f"Language: {language}\nMIME-Version: 1.0\nContent-Type: text/plain; charset=UTF-8\n"
        "Content-Transfer-Encoding: 8bit\nPlural-Forms: nplurals=2; plural=(n != 1);\n"
    )


def write_po(messages: Iterable[Message], language: str) -> str:
    """The merged catalogue as text, for a translator's tool."""

    def quoted(text: str) -> str:
        escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        return f'"{escaped}"'

    lines = [f'msgid ""\nmsgstr {quoted(header(language))}\n']
    for m in messages:
        entry = [f"#. {m.place}"] if m.place else []
        if m.context:
            entry.append(f"msgctxt {quoted(m.context)}")
        entry.append(f"msgid {quoted(m.text)}")
        if m.plural:
            entry.append(f"msgid_plural {quoted(m.plural)}")
            entry += [f"msgstr[{i}] {quoted(t)}" for i, t in enumerate(m.translations)]
        else:
            entry.append(f"msgstr {quoted(m.translations[0] if m.translations else '')}")
        lines.append("\n".join(entry) + "\n")
    return "\n".join(lines)


def compile_mo(messages: Iterable[Message], language: str) -> bytes:
    """The catalogue in the binary form that gettext reads: two tables of (length, offset), then the texts, sorted.

    A text with a percent sign stands there twice, since Django's `translate` tag asks for it with the sign doubled.
    """
    pairs = {b"": header(language).encode()}
    for m in messages:
        if not m.is_translated:
            continue
        text = f"{m.context}{CONTEXT}{m.text}" if m.context else m.text
        pairs["\0".join([text, m.plural] if m.plural else [text]).encode()] = "\0".join(m.translations).encode()
        if "%" in text and not m.plural:
            doubled = text.replace("%", "%%").encode()
            pairs.setdefault(doubled, m.translations[0].replace("%", "%%").encode())
    keys = sorted(pairs)
    start = 28 + 16 * len(keys)
    originals, translations, body = [], [], b""
    for key in keys:
        originals.append((len(key), start + len(body)))
        body += key + b"\0"
    for key in keys:
        translations.append((len(pairs[key]), start + len(body)))
        body += pairs[key] + b"\0"
    head = struct.pack("<7I", 0x950412DE, 0, len(keys), 28, 28 + 8 * len(keys), 0, start)
    return head + b"".join(struct.pack("<2I", *row) for row in originals + translations) + body


# --- what the code says -----------------------------------------------------------------------------------------------
_CALLS = {
    "_": (1, False),
    "gettext": (1, False),
    "gettext_lazy": (1, False),
    "gettext_noop": (1, False),
    "ngettext": (2, False),
    "ngettext_lazy": (2, False),
    "pgettext": (1, True),
    "pgettext_lazy": (1, True),
    "npgettext": (2, True),
    "npgettext_lazy": (2, True),
}
"""Name of a function -> (how many texts it takes, whether a context comes first)."""


def messages_in_python(source: str, place: str) -> Iterator[Message]:
    """The messages that a module marks. Raises InvalidCatalogue for a text put together at run time."""
    tree = ast.parse(source)
    aliases = {
        alias.asname or alias.name: alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation"
        for alias in node.names
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        kind = _CALLS.get(aliases.get(node.func.id, ""))
        if kind is None:
            continue
        count, has_context = kind
        wanted = node.args[: count + has_context]
        texts = [a.value for a in wanted if isinstance(a, ast.Constant) and isinstance(a.value, str)]
        if len(texts) < len(wanted):
            if all(isinstance(a, ast.Name | ast.Attribute | ast.Subscript) for a in wanted):
                continue  # a text marked elsewhere, by gettext_noop or a part of its own
            raise InvalidCatalogue(
                f"{place}, line {node.lineno}: a marked text is put together at run time; mark the whole sentence and "
                "fill its blanks afterwards"
            )
        context = texts.pop(0) if has_context else ""
        yield Message(texts[0], texts[1] if count == 2 else "", context, place=f"{place}:{node.lineno}")


def messages_in_template(source: str, place: str) -> Iterator[Message]:
    """The messages that a Django template marks: translate, blocktranslate and _("...")."""
    from django.template.base import Lexer, TokenType
    from django.utils.text import smart_split
    from django.utils.translation import trim_whitespace

    block: dict[str, str] | None = None
    in_comment = False
    for token in Lexer(source).tokenize():
        words = list(smart_split(token.contents)) if token.token_type == TokenType.BLOCK else []
        name = words[0] if words else ""
        if in_comment:
            in_comment = name != "endcomment"
            continue
        if name == "comment":
            in_comment = True
        elif name in {"blocktranslate", "blocktrans"}:
            block = {"context": _context(words), "text": "", "plural": "", "part": "text"}
            block["trimmed"] = "yes" if "trimmed" in words else ""
        elif name in {"endblocktranslate", "endblocktrans"} and block is not None:
            texts = [trim_whitespace(block[k]) if block["trimmed"] else block[k] for k in ("text", "plural")]
            yield Message(texts[0], texts[1], block["context"], place=f"{place}:{token.lineno}")
            block = None
        elif name == "plural" and block is not None:
            block["part"] = "plural"
        elif block is not None:
            is_blank = token.token_type == TokenType.VAR
            block[block["part"]] += f"%({token.contents})s" if is_blank else token.contents.replace("%", "%%")
        elif name in {"translate", "trans"} and (text := _literal(words[1])) is not None:
            yield Message(text, "", _context(words), place=f"{place}:{token.lineno}")
        if token.token_type in {TokenType.BLOCK, TokenType.VAR}:
            for match in re.finditer(r"\b_\((\"[^\"]*\"|'[^']*')\)", token.contents):
                yield Message(ast.literal_eval(match[1]), place=f"{place}:{token.lineno}")


def _context(words: list[str]) -> str:
    return (_literal(words[words.index("context") + 1]) or "") if "context" in words else ""


def _literal(word: str) -> str | None:
    """The text of a quoted word of a tag, filters left out; None for a variable."""
    match = re.match(r"(\"[^\"]*\"|'[^']*')", word)
    return ast.literal_eval(match[1]) if match else None


def messages_of(root: Path) -> list[Message]:
    """Every message that the code and the templates below a folder mark, once each."""
    found: dict[tuple[str, str, str], Message] = {}
    for path in sorted(root.rglob("*")):
        place = path.relative_to(root).as_posix()
        if path.suffix == ".py":
            messages = messages_in_python(path.read_text(encoding="utf-8"), place)
        elif path.suffix in {".html", ".txt"} and "/templates/" in f"/{place}":
            messages = messages_in_template(path.read_text(encoding="utf-8"), place)
        else:
            continue
        for message in messages:
            found.setdefault((message.context, message.text, message.plural), message)
    return list(found.values())


def catalogue_of(folder: Path) -> list[Message]:
    """The merged messages of `folder`/parts/*.po."""
    return merge_parts(
        read_part(path.read_text(encoding="utf-8"), path.name) for path in sorted((folder / "parts").glob("*.po"))
    )
