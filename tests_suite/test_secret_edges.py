"""Secrets on the edge: the shortest piece that is hidden, the longest that is not, and how a cut-off one ends."""

from __future__ import annotations

import base64

import pytest

from gate import secrets
from gate.secrets import MASK, redactor

KEY = "kp_0123456789abcdef"
WORDS = "correct horse battery staple"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        # A beginning before dots: of four characters, not of three.
        ("x kp_0...", f"x {MASK}..."),
        ("x kp_...", "x kp_..."),
        ("x kp_0…", f"x {MASK}…"),
        ("x kp_0..", "x kp_0.."),
        ("x kp_0 ...", "x kp_0 ..."),
        # An end behind dots.
        ("...cdef x", f"...{MASK} x"),
        ("...def x", "...def x"),
        ("... cdef x", "... cdef x"),
        # All but one character, on both sides of one pair of dots and of several.
        (f"{KEY[:-1]}...{KEY[1:]}", f"{MASK}...{MASK}"),
        ("kp_0...cdef...kp_01…bcdef", f"{MASK}...{MASK}...{MASK}…{MASK}"),
        ("kp_0...x...cdef", f"{MASK}...x...{MASK}"),
    ],
)
def test_piece_beside_dots_is_hidden_from_four_characters_on(text: str, masked: str) -> None:
    assert redactor([KEY])(text) == masked


@pytest.mark.parametrize(
    ("secret", "text", "masked"),
    [
        # Cut off with no dots: from ten characters on.
        (KEY, "key kp_0123456", f"key {MASK}"),
        (KEY, "key kp_012345", "key kp_012345"),
        (KEY, "key kp_0123456, and so on", f"key {MASK}, and so on"),
        (KEY, f"{KEY[:-1]} {KEY[:12]}\n", f"{MASK} {MASK}\n"),
        (KEY, "kp_0123456x", "kp_0123456x"),
        (KEY, "kp_0123456_", "kp_0123456_"),
        (KEY, "a kp_%30123456 b", f"a {MASK} b"),
        # Words are given away where they are cut within one of them.
        (WORDS, "correct ho", f"{MASK}"),
        (WORDS, "correct horse", "correct horse"),
        (WORDS, "correct horse bat", f"{MASK}"),
        (WORDS, "correct+horse bat.", f"{MASK}."),
        ("correct-1-horse-battery", "correct-1-", MASK),
        ("correct---horse-battery", "correct---", "correct---"),
        ("123456789--0123456789", "123456789-", "123456789-"),
        # A secret of ten characters has no such beginning.
        ("abcdefghi1", "abcdefghi", "abcdefghi"),
        ("abcdefghi12", "abcdefghi1", MASK),
    ],
)
def test_beginning_that_was_cut_off_is_hidden_where_it_gives_the_secret_away(
    secret: str, text: str, masked: str
) -> None:
    assert redactor([secret])(text) == masked


def test_beginnings_of_several_secrets_are_told_apart() -> None:
    hide = redactor([KEY, "sk-abcdefghijklmnop"])

    assert hide("sk-abcdefgh and kp_01234567, sk-abcdefghx") == f"{MASK} and {MASK}, sk-abcdefghx"


def test_line_of_a_secret_counts_from_eight_characters_on() -> None:
    hide = redactor(["BEGIN-1\n12345678\n1234567\n"])

    assert hide("a 12345678 b") == f"a {MASK} b"
    assert hide("a 1234567 b") == "a 1234567 b"
    assert hide("a BEGIN-1 12345678 1234567 b") == f"a {MASK} b"


@pytest.mark.parametrize("before", ["", "a", "ab", "abc"])
@pytest.mark.parametrize("secret", ["hunter22", "~~~???>>>"])
def test_secret_is_hidden_in_base64_wherever_it_begins(before: str, secret: str) -> None:
    hide = redactor([secret])
    whole = (before + secret + before).encode()

    for encoded in (base64.b64encode(whole).decode(), base64.urlsafe_b64encode(whole).decode()):
        hidden = hide(f"Basic {encoded} end")
        assert MASK in hidden
        assert len(hidden) <= len("Basic  end") + len(MASK) + 8
        assert hidden.startswith("Basic ")
        assert hidden.endswith(" end")


def test_secret_too_short_for_base64_is_hidden_as_it_is_alone() -> None:
    assert list(secrets._base64("abcd")) == []
    # Of AGFiY2Rl, for one, the first two characters hold bits of what stands before the secret.
    assert list(secrets._base64("abcde")) == ["YWJjZG", "FiY2Rl", "hYmNkZ"]
    assert list(secrets._base64("~~~???")) == ["fn5[+-]Pz8[/_]", "5[+-]fj8[/_]P", "[+-]fn4[/_]Pz"]


@pytest.mark.parametrize(
    "text",
    [
        "a&#34;b",
        "a&#034;b",
        "a&#x22;b",
        "a&#X022;b",
        "a&quot;b",
        'a\\"b',
        'a\\\\"b',
        "a\\x22b",
        "a\\u0022b",
        "a\\\\u0022b",
        "a%22b",
        'a"b',
    ],
)
def test_sign_is_hidden_in_each_of_its_spellings(text: str) -> None:
    assert redactor(['pass-a"b-word'])(f"x pass-{text}-word y") == f"x {MASK} y"


def test_letters_are_hidden_as_they_are_and_not_in_another_case() -> None:
    hide = redactor(["päss wörd"])

    for text in ("päss wörd", "p%c3%a4ss%20w%C3%B6rd", "p\\xe4ss+w\\u00f6rd", "p&#228;ss w&#xf6;rd", "pÃ¤ss wÃ¶rd"):
        assert hide(f"<{text}>") == f"<{MASK}>", text
    assert hide("PÄSS WÖRD") == "PÄSS WÖRD"


def test_redactors_of_the_same_secrets_are_one() -> None:
    assert redactor(["a-secret", "b-secret"]) is redactor(("b-secret", "a-secret", "b-secret"))
