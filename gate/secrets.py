"""Keeping secrets out of everything that a run prints or writes."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from urllib.parse import quote

MASK = "‹secret›"


@dataclass(frozen=True)
class Redactor:
    """Replaces every spelling of a set of secrets by a mask."""

    pattern: re.Pattern[str] | None

    def __call__(self, text: str) -> str:
        """The text without any of the secrets in it."""
        return self.pattern.sub(MASK, text) if self.pattern else text


def redactor(secrets: Iterable[str]) -> Redactor:
    """A redactor for secrets as they are, and as URLs, JSON, HTML, Python and basic authentication spell them."""
    spellings = {spelling for secret in secrets if secret for spelling in _spellings(secret)}
    if not spellings:
        return Redactor(None)
    longest_first = sorted(spellings, key=len, reverse=True)
    return Redactor(re.compile("|".join(re.escape(spelling) for spelling in longest_first)))


def _spellings(secret: str) -> set[str]:
    return {
        secret,
        quote(secret),
        quote(secret, safe=""),
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        repr(secret)[1:-1],
        escape(secret),
        base64.b64encode(secret.encode()).decode().rstrip("="),
        base64.b64encode(b":" + secret.encode()).decode().rstrip("="),
    }
