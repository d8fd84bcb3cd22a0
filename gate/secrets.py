"""Keeping secrets out of everything that a run prints or writes."""

from __future__ import annotations

import base64
import functools
import html
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

MASK = "‹secret›"
SHORTEST_LINE = 8  # characters; shorter lines of a key of several lines are no secrets of their own
SHORTEST_PIECE = 4  # characters of a shortened secret that are worth hiding
ELLIPSIS = re.compile(r"(\.\.\.|…)")  # pytest and reprlib leave out the middle of what is too long
SHORTEST_START = 10  # characters of a secret that a report cut off, saying so with no dots, which are worth hiding
SHORTEST_CORE = 6  # characters of base64; fewer occur in any text by chance


@dataclass(frozen=True)
class Redactor:
    """Replaces every spelling of a set of secrets by a mask, and what is left of one that was shortened."""

    pattern: re.Pattern[str] | None
    texts: tuple[str, ...] = ()
    starts: re.Pattern[str] | None = None  # how secrets begin, in every spelling; a group for each
    wholes: tuple[str, ...] = ()  # the secrets of these groups

    def __call__(self, text: str) -> str:
        """The text without any of the secrets in it."""
        if self.pattern is None:
            return text
        pieces = ELLIPSIS.split(self._without_starts(self.pattern.sub(MASK, text)))
        for number in range(0, len(pieces) - 2, 2):
            pieces[number] = self._without_beginning(pieces[number])
            pieces[number + 2] = self._without_end(pieces[number + 2])
        return "".join(pieces)

    def _without_starts(self, text: str) -> str:
        """The text without beginnings of secrets, where it was cut off after so many characters and no dots say so.

        What begins like a secret and goes on in another way is none; nor is a word that a secret begins with.
        """
        if self.starts is None:
            return text
        kept, done = [], 0
        for found in self.starts.finditer(text):
            secret = self.wholes[(found.lastindex or 1) - 1]
            end, length = found.end(), SHORTEST_START
            while length < len(secret) and (more := re.compile(_character(secret[length])).match(text, end)):
                end, length = more.end(), length + 1
            if found.start() >= done and _is_cut(secret, length) and not re.compile(r"\w").match(text, end):
                kept += [text[done : found.start()], MASK]
                done = end
        return "".join([*kept, text[done:]])

    def _without_beginning(self, text: str) -> str:
        """What stands before the dots, without the beginning of a secret at its end."""
        for secret in self.texts:
            for length in range(len(secret) - 1, SHORTEST_PIECE - 1, -1):
                if text.endswith(secret[:length]):
                    return text[:-length] + MASK
        return text

    def _without_end(self, text: str) -> str:
        """What stands behind the dots, without the end of a secret at its beginning."""
        for secret in self.texts:
            for length in range(len(secret) - 1, SHORTEST_PIECE - 1, -1):
                if text.startswith(secret[-length:]):
                    return MASK + text[length:]
        return text


def redactor(secrets: Iterable[str]) -> Redactor:
    """A redactor for secrets as they are, and as URLs, JSON, HTML, Python and base64 (basic authentication) spell them.

    Each character may be spelled in its own way, so that a text which went through several hands is covered, too.
    """
    return _redactor(frozenset(secrets))


@functools.lru_cache
def _redactor(secrets: frozenset[str]) -> Redactor:
    # The longer one first: a secret that begins with another one is masked as a whole.
    texts = sorted({text for secret in secrets for text in _texts(secret)}, key=lambda text: (-len(text), text))
    patterns = [pattern for text in texts for pattern in _patterns(text)]
    spelled = dict.fromkeys(each for text in texts for each in (text, repr(text)[1:-1], json.dumps(text)[1:-1]))
    if not patterns:
        return Redactor(None)
    long = [text for text in texts if len(text) > SHORTEST_START]
    starts = "|".join(f"({''.join(map(_character, text[:SHORTEST_START]))})" for text in long)
    return Redactor(re.compile("|".join(patterns)), tuple(spelled), re.compile(starts) if starts else None, tuple(long))


def _is_cut(secret: str, length: int) -> bool:
    """Whether so much of a secret's beginning gives it away: it ends within a word, or looks like a key."""
    start = secret[:length]
    within_word = secret[length - 1 : length + 1].isalnum()
    return within_word or (any(map(str.isdigit, start)) and any(map(str.isalpha, start)))


def _texts(secret: str) -> Iterator[str]:
    """A secret, and its lines: reports indent or number the lines of what they print."""
    whole = secret.strip()
    if whole:
        yield whole
        yield " ".join(whole.split())  # as messages of one line hold it
        yield from (line.strip() for line in whole.splitlines() if len(line.strip()) >= SHORTEST_LINE)


def _patterns(text: str) -> Iterator[str]:
    yield "".join(map(_character, text))
    yield from (f"[A-Za-z0-9+/_-]{{0,4}}{core}[A-Za-z0-9+/_-]{{0,4}}={{0,2}}" for core in _base64(text))


def _character(character: str) -> str:
    spellings = {character, html.escape(character), *(each(character)[1:-1] for each in (json.dumps, repr, ascii))}
    raw = character.encode("utf-8", "surrogatepass")
    percent = "".join(f"%{byte:02x}" for byte in raw)
    # A quotation within a quotation doubles its backslashes.
    patterns = {re.escape(spelling).replace(r"\\", r"\\+") for spelling in spellings}
    if not character.isalnum() or len(raw) > 1:  # some write a sign of HTML or a slash as an escape, too
        patterns |= {"".join(rf"(?i:\\+x{byte:02x})" for byte in raw), re.escape(raw.decode("latin-1", "replace"))}
        patterns |= {rf"(?i:\\+u{ord(character):04x})"} if ord(character) < 0x10000 else set()
    patterns |= {f"(?i:{percent})", f"&#0*{ord(character)};", f"(?i:&#x0*{ord(character):x};)"}
    if character == " ":
        patterns.add(r"\+")
    longest_first = sorted(patterns, key=lambda pattern: (-len(pattern), pattern))
    return (r"\\*" if character in "\"'/" else "") + f"(?:{'|'.join(longest_first)})"


def _base64(text: str) -> Iterator[str]:
    """The secret within base64: whatever stands before it shifts it by none, one or two bytes.

    Only characters that hold nothing but bits of the secret are searched for; its neighbours are masked with them.
    """
    data = text.encode("utf-8", "surrogatepass")
    for shift in range(3):
        whole = base64.b64encode(bytes(shift) + data).decode()
        core = whole[-(-8 * shift // 6) : 8 * (shift + len(data)) // 6]
        if len(core) >= SHORTEST_CORE:
            yield re.escape(core).replace(r"\+", "[+-]").replace("/", "[/_]")
