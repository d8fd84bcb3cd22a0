"""Mutations of a seed: small frozen steps, so that hypothesis can draw and shrink them, and a long run can draw many.

A seed has a form, which says what lies inside of its bytes: `json`, `jsonl`, `yaml` and `frontmatter` are changed as
trees of values, too; `text` by its lines and words; `bytes` as they are; `gzip` inside of the compression, `tar` with
the checksums of its headers made right again, so that a change gets past the first look.
"""

from __future__ import annotations

import copy
import gzip
import json
import random
import re
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import yaml

from fixtures.yamlfile import Loader
from tests_suite.fuzz import oddities

LARGEST = 3_000_000  # bytes of an example
TOKEN = "0DD70KEN"  # stands for a raw text while a tree is written
BLOCK = 512  # bytes of a tar header
CHECKSUM = slice(148, 156)
WORD = re.compile(rb"[^\s,:;=\"'\[\]{}()<>|]+")
TIME = re.compile(r"\d{4}-\d\d-\d\d")
NUMBER = re.compile(rb"-?\d+(?:\.\d+)?")
Dumper: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


@dataclass(frozen=True)
class Seed:
    """What is mutated: real bytes, and the form of what lies in them."""

    data: bytes = field(repr=False)
    form: str = "text"


@dataclass(frozen=True)
class Mutation:
    """One step: `at` and `what` choose among what there is (0 to 65535), `size` is a number of bytes or times."""

    kind: str
    at: int
    size: int
    what: int


Step = Callable[[bytes, Mutation, Sequence[bytes]], bytes]


def _place(data: bytes, at: int) -> int:
    return at * (len(data) + 1) >> 16


def _chosen(many: Sequence[Any], what: int) -> Any:
    return many[what % len(many)]


def _flip(data: bytes, step: Mutation, others: Sequence[bytes]) -> bytes:
    at = min(_place(data, step.at), len(data) - 1)
    return data[:at] + bytes([data[at] ^ (step.what % 255 + 1)]) + data[at + 1 :] if data else data


def _delete(data: bytes, step: Mutation, others: Sequence[bytes]) -> bytes:
    at = _place(data, step.at)
    return data[:at] + data[at + 1 + step.size :]


def _cut(data: bytes, step: Mutation, others: Sequence[bytes]) -> bytes:
    return data[: _place(data, step.at)]


def _double(data: bytes, step: Mutation, others: Sequence[bytes]) -> bytes:
    at = _place(data, step.at)
    return data[:at] + data[at : at + 1 + step.size] * (1 + step.what % 4) + data[at:]


def _splice(data: bytes, step: Mutation, others: Sequence[bytes]) -> bytes:
    other: bytes = _chosen(others, step.what)
    start = _place(other, step.what)
    at = _place(data, step.at)
    return data[:at] + other[start : start + 4 * step.size] + data[at:]


def _insert(data: bytes, step: Mutation, others: Sequence[bytes]) -> bytes:
    at = _place(data, step.at)
    odd = _odd_bytes(step.what)
    return data[:at] + odd + data[at:]


def _odd_bytes(what: int) -> bytes:
    number = what % (len(oddities.TEXTS) + len(oddities.BYTES))
    if number < len(oddities.BYTES):
        return oddities.BYTES[number]
    return oddities.TEXTS[number - len(oddities.BYTES)].encode("utf-8", "surrogatepass")


def _word(data: bytes, step: Mutation, others: Sequence[bytes]) -> bytes:
    return _replaced(WORD, data, step, _odd_bytes(step.what))


def _number(data: bytes, step: Mutation, others: Sequence[bytes]) -> bytes:
    return _replaced(NUMBER, data, step, _chosen(oddities.NUMBERS, step.what).encode())


def _replaced(pattern: re.Pattern[bytes], data: bytes, step: Mutation, odd: bytes) -> bytes:
    found = pattern.search(data, _place(data, step.at)) or pattern.search(data)
    return data if found is None else data[: found.start()] + odd + data[found.end() :]


def _room(piece: bytes) -> int:
    """How often a piece may be repeated."""
    return LARGEST // (len(piece) + 1) + 1


def _lines(data: bytes, step: Mutation, others: Sequence[bytes]) -> bytes:
    """A line is dropped, doubled, moved, or made long."""
    lines = data.split(b"\n")
    at = step.at * len(lines) >> 16
    match step.what % 6:
        case 0:
            del lines[at]
        case 1:
            lines[at:at] = [lines[at]] * min(1 + step.size, _room(lines[at]))
        case 2:
            lines.insert(step.size % len(lines), lines.pop(at))
        case 3:
            lines[at] *= min(1 + 40 * step.size, _room(lines[at]))
        case 4:
            lines[at] = b" " * step.size + lines[at]
        case 5:
            lines[at] = lines[at][: step.size]
    return b"\n".join(lines)


def _ends(data: bytes, step: Mutation, others: Sequence[bytes]) -> bytes:
    return data.replace(b"\n", _chosen([b"\r", b"\r\n", b"\n\n", b"\x85", b"\n\r", b"", b"\xe2\x80\xa8"], step.what))


def _much(data: bytes, step: Mutation, others: Sequence[bytes]) -> bytes:
    at = _place(data, step.at)
    piece = data[at : at + 1 + step.size % 64] or b"x"
    return data[:at] + piece * (1 + (step.what % 2000)) + data[at:]


def _replace_all(data: bytes, step: Mutation, others: Sequence[bytes]) -> bytes:
    return _odd_bytes(step.what)


BYTEWISE: Mapping[str, Step] = {"flip": _flip, "delete": _delete, "cut": _cut, "double": _double, "insert": _insert}
TEXTWISE: Mapping[str, Step] = {
    **BYTEWISE, "word": _word, "number": _number, "lines": _lines, "ends": _ends, "much": _much, "splice": _splice,
    "all": _replace_all,
}  # fmt: skip
TREES = ("like", "value", "key", "without", "shape", "twice", "swap", "like")  # what is done to a tree
KINDS: Mapping[str, tuple[str, ...]] = {
    "bytes": (*BYTEWISE, "splice", "much"),
    "gzip": (*BYTEWISE, "splice", "much", "outside"),
    "tar": (*BYTEWISE, "number", "splice", "much", "outside"),
    "text": tuple(TEXTWISE),
    **dict.fromkeys(("json", "jsonl", "yaml", "frontmatter"), (*TREES, *TREES, *TREES, *TEXTWISE)),
}


def mutated(seed: Seed, steps: Sequence[Mutation], others: Sequence[bytes] = ()) -> bytes:
    """The seed's bytes after those steps."""
    data = seed.data
    for step in steps:
        data = _once(seed.form, data, step, others or [seed.data])[:LARGEST]
    return data


def drawn(form: str, source: random.Random) -> Mutation:
    """A step for seeds of a form."""
    kind = source.choice(KINDS[form])
    return Mutation(kind, source.randrange(1 << 16), int(source.triangular(0, 255, 0)), source.randrange(1 << 16))


def _once(form: str, data: bytes, step: Mutation, others: Sequence[bytes]) -> bytes:
    if form in ("gzip", "tar"):
        return _inside(form, data, step, others)
    if step.kind in TREES:
        return _grown(form, data, step)
    return TEXTWISE[step.kind](data, step, others)


def _inside(form: str, data: bytes, step: Mutation, others: Sequence[bytes]) -> bytes:
    try:
        content = gzip.decompress(data)
    except (OSError, EOFError, zlib.error):
        content = b""
    if step.kind == "outside" or not content:
        return _flip(data, step, others)
    content = TEXTWISE[step.kind](content, step, others)
    return gzip.compress(_sealed(content) if form == "tar" and step.what % 3 else content, 1, mtime=0)


def _sealed(tar: bytes) -> bytes:
    """A tar whose headers have the checksums that they should have: of blocks that look like one."""
    out = bytearray(tar)
    for start in range(0, len(tar) - BLOCK + 1, BLOCK):
        block = out[start : start + BLOCK]
        if block[257:262] == b"ustar":
            block[CHECKSUM] = b" " * 8
            out[start + CHECKSUM.start : start + CHECKSUM.stop] = b"%06o\0 " % sum(block)
    return bytes(out)


def _grown(form: str, data: bytes, step: Mutation) -> bytes:
    """A tree of values changed and written again; bytes that hold none are changed as text."""
    before, part, after = _part(form, data, step)
    try:
        tree = json.loads(part) if form in ("json", "jsonl") else yaml.load(part, Loader)
    except (ValueError, RecursionError, yaml.YAMLError, TypeError, AttributeError, LookupError, OverflowError):
        return _word(data, step, [data])
    raw = _raw(form, step.what)
    try:
        if step.kind == "like" and (like := _like(tree, step)):
            raw = like
        tree = _changed(tree, step)
        if form == "jsonl":
            text = json.dumps(tree)
        elif form == "json":
            text = json.dumps(tree, indent=1, ensure_ascii=False)
        else:
            text = yaml.dump(tree, Dumper=Dumper, sort_keys=False, allow_unicode=True)
    except (ValueError, RecursionError, yaml.YAMLError, TypeError, OverflowError):
        return _word(data, step, [data])
    text = text.replace(f'"{TOKEN}"', raw).replace(TOKEN, raw)
    return before + text.encode("utf-8", "surrogatepass") + after


def _part(form: str, data: bytes, step: Mutation) -> tuple[bytes, bytes, bytes]:
    """What stands before the tree, the tree, and what stands behind it."""
    if form == "jsonl":
        lines = data.split(b"\n")
        at = step.at * len(lines) >> 16
        before, after = b"\n".join(lines[:at]), b"\n".join(lines[at + 1 :])
        return before + b"\n" * (at > 0), lines[at], b"\n" * (at + 1 < len(lines)) + after
    if form == "frontmatter" and (found := re.match(rb"---\n(.*?\n)---\n", data, re.DOTALL)):
        return data[: found.start(1)], found[1], data[found.end(1) :]
    return b"", data, b""


def _raw(form: str, what: int) -> str:
    """An odd value as it is written in JSON or YAML."""
    if form in ("json", "jsonl"):
        pool = [*oddities.JSON_VALUES, *oddities.NUMBERS, *(map(json.dumps, [*oddities.TIMES, *oddities.WORDS]))]
    else:
        quoted = map(json.dumps, [*oddities.TIMES, *oddities.WORDS])
        pool = [*oddities.YAML_VALUES, *oddities.NUMBERS, *oddities.TIMES, *quoted]
    return str(_chosen(pool, what))


def _changed(tree: Any, step: Mutation) -> Any:
    """A tree with one node changed, chosen by the step."""
    nodes = list(_nodes(tree))
    if not nodes:
        return _shaped(tree, step) if step.kind == "shape" else TOKEN
    holder, key = _node(nodes, step)
    match step.kind:
        case "value" | "like":
            holder[key] = TOKEN
        case "without":
            del holder[key]
        case "key" if isinstance(holder, dict):
            names = [*map(str, holder), *oddities.WORDS]
            holder[names[step.size % len(names)]] = holder.pop(key)
        case "key" | "twice" if isinstance(holder, list):
            holder += [holder[key]] * (1 + step.size)
        case "twice":
            holder[f"{key}{step.size}"] = holder[key]
        case "shape":
            holder[key] = _shaped(holder[key], step)
        case "swap":
            other, place = nodes[step.size % len(nodes)]
            holder[key] = copy.deepcopy(other[place])
    return tree


def _node(nodes: Sequence[tuple[Any, Any]], step: Mutation) -> tuple[Any, Any]:
    return nodes[(step.at * 7919 + step.what) % len(nodes)]


def _like(tree: Any, step: Mutation) -> str:
    """An odd value of the kind that stands at the node: a time for a time, a number for a number; none for others."""
    nodes = list(_nodes(tree))
    if not nodes:
        return ""
    holder, key = _node(nodes, step)
    value = holder[key]
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(_chosen(oddities.NUMBERS, step.what))
    if isinstance(value, datetime | date) or (isinstance(value, str) and TIME.match(value)):
        return json.dumps(_chosen(oddities.TIMES, step.what))
    return json.dumps(_chosen(oddities.WORDS, step.what)) if isinstance(value, str) else ""


def _shaped(value: Any, step: Mutation) -> Any:
    """A value in another shape: in a list, under a key, as a text, without what is in it."""
    shapes = [
        [value],
        [[value]],
        {"x": value},
        str(value),
        None,
        [],
        {},
        [value, value],
        "",
        0,
        True,
        [None],
        -1,
        {"": value},
    ]
    return shapes[step.size % len(shapes)]


def _nodes(tree: Any) -> Iterator[tuple[Any, Any]]:
    """(holder, key or index) of every node below the root, once: aliases make one node stand in many places."""
    pending, seen = [tree], set[int]()
    while pending:
        holder = pending.pop()
        if id(holder) in seen:
            continue
        seen.add(id(holder))
        pairs = holder.items() if isinstance(holder, dict) else enumerate(holder) if isinstance(holder, list) else ()
        for key, value in pairs:
            yield holder, key
            if isinstance(value, dict | list):
                pending.append(value)
