"""Secrets: every spelling of them is masked, and in a real run none reaches a file or the terminal."""

from __future__ import annotations

import base64
import html
import json
import urllib.parse
from pathlib import Path

import httpx
import markupsafe
import pytest
import yaml
from _pytest._io.saferepr import saferepr
from hypothesis import given, settings
from hypothesis import strategies as st

from fixtures.reference.process import ReferenceServer
from gate.secrets import MASK, redactor
from tests_suite import miniature
from tests_suite.faults import world
from tests_suite.miniature import Miniature

PATIENTLY = settings(deadline=None)  # a busy machine is no fault
SECRET = "kp_a/b+c d'e\"f<g>&\\ü%41\N{KEY}"


def _basic(user: str) -> str:
    header = httpx.BasicAuth(user, SECRET).auth_flow(httpx.Request("GET", "http://localhost"))
    return str(next(header).headers["authorization"])


SPELLINGS = {
    "as it is": SECRET,
    "within a text": f"key={SECRET}, that is all",
    "twice": f"{SECRET}{SECRET}",
    "path of a URL": urllib.parse.quote(SECRET),
    "URL": urllib.parse.quote(SECRET, safe=""),
    "URL in lower case": urllib.parse.quote(SECRET, safe="").lower().replace("kp_a", "kp_a"),
    "form": urllib.parse.quote_plus(SECRET),
    "query of a client": str(httpx.URL("http://localhost", params={"key": SECRET})),
    "JSON": json.dumps(SECRET),
    "JSON as UTF-8": json.dumps(SECRET, ensure_ascii=False),
    "JSON within JSON": json.dumps(json.dumps(SECRET)),
    "Python": repr(SECRET),
    "Python within Python": repr([repr(SECRET)]),
    "Python in ASCII": ascii(SECRET),
    "HTML": html.escape(SECRET),
    "HTML by a template": str(markupsafe.escape(SECRET)),
    "JSON within HTML": html.escape(json.dumps({"key": SECRET})),
    "YAML": yaml.safe_dump({"key": SECRET}, allow_unicode=True, width=1000),
    "base64": base64.b64encode(SECRET.encode()).decode(),
    "base64 for URLs": base64.urlsafe_b64encode(SECRET.encode()).decode(),
    "basic authentication": _basic(""),
    "basic authentication of a": _basic("a"),
    "basic authentication of ab": _basic("ab"),
    "basic authentication of abc": _basic("abc"),
}


@pytest.mark.parametrize("text", SPELLINGS.values(), ids=SPELLINGS)
def test_spelling_of_a_secret_is_masked(text: str) -> None:
    masked = redactor([SECRET])(text)

    assert MASK in masked
    for part in ("kp_a", "c d", "c+d", "c%20d", "c%20d", "f<g", "f&lt;g", "%41"):
        assert part not in masked, masked
    assert base64.b64encode(SECRET.encode()).decode()[4:16] not in masked


def test_rest_of_the_text_stays() -> None:
    assert redactor(["hunter22"])("user ada, key hunter22, done") == f"user ada, key {MASK}, done"


def test_several_secrets_are_masked_each() -> None:
    hide = redactor(["first-key", "second-key"])

    assert hide("first-key, second-key and first-key") == f"{MASK}, {MASK} and {MASK}"


def test_secret_within_another_does_not_leave_the_rest_of_it() -> None:
    assert redactor(["abcd", "abcdefgh", "defg"])("abcdefgh abcd") == f"{MASK} {MASK}"


@pytest.mark.parametrize(
    "text", ["a -----BEGIN KEY-----\nMIIEvQIBADAN\nqwertzuiop\n", "E   MIIEvQIBADAN\nE   qwertzuiop"]
)
def test_lines_of_a_long_secret_are_masked_where_they_are_indented(text: str) -> None:
    masked = redactor(["-----BEGIN KEY-----\nMIIEvQIBADAN\nqwertzuiop\n"])(text)

    assert "MIIEvQ" not in masked
    assert "qwertz" not in masked


def test_secret_without_the_white_space_around_it_is_masked() -> None:
    assert redactor(["hunter22\n"])("key: hunter22.") == f"key: {MASK}."


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("assert 'kp_0123...' == 1", f"assert '{MASK}...' == 1"),
        ("assert 'kp_01234...bcdef' == 1", f"assert '{MASK}...{MASK}' == 1"),
        ("'http://ada:kp_0123456789…f@localhost'", f"'http://ada:{MASK}…f@localhost'"),
        ("'http://ad...789abcdef@localhost'", f"'http://ad...{MASK}@localhost'"),
        ("kp_... and ...def, kp_01234 and bcdef", "kp_... and ...def, kp_01234 and bcdef"),
        ("... and so on...", "... and so on..."),
        ("..." * 5, "..." * 5),
    ],
)
def test_what_is_left_of_a_shortened_secret_is_masked(text: str, masked: str) -> None:
    assert redactor(["kp_0123456789abcdef"])(text) == masked


def test_what_pytest_shortens_is_masked() -> None:
    secret = "kp_0123456789abcdef" * 4
    hide = redactor([secret])

    for size in range(12, 120):
        shortened = hide(saferepr({"key": secret, "more": "x"}, maxsize=size))
        assert "kp_012" not in shortened, shortened
        assert "89abcdef" not in shortened, shortened


@pytest.mark.parametrize("secrets", [[], [""], ["", " ", "\n"]])
def test_nothing_to_hide_hides_nothing(secrets: list[str]) -> None:
    hide = redactor(secrets)

    assert hide.pattern is None
    assert hide("a text with spaces\n") == "a text with spaces\n"


@pytest.mark.parametrize("text", ["kq_12345", "KP_12345", "kp_1234", "55/55 files", ""])
def test_harmless_text_stays(text: str) -> None:
    assert redactor(["kp_12345"])(text) == text


secrets = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Z"]), min_size=4, max_size=30)


@PATIENTLY
@given(secrets, st.text(max_size=10), st.text(max_size=10))
def test_no_secret_survives_in_any_text(secret: str, before: str, after: str) -> None:
    hide = redactor([secret])
    if secret in MASK:
        return

    for text in (before + secret + after, json.dumps([before, secret]), html.escape(before + secret), repr(secret)):
        assert secret not in hide(text).replace(MASK, " ")
    assert urllib.parse.quote(secret, safe="") not in hide(urllib.parse.quote(before + secret + after, safe=""))


@PATIENTLY
@given(secrets, st.text(max_size=30))
def test_masking_twice_is_masking_once(secret: str, text: str) -> None:
    hide = redactor([secret])

    assert hide(hide(text)) == hide(text) or secret in MASK or MASK in secret


# The real judge, with tests that tell what they should not.

KEY = "kp_0a1b2c/3d4z'5f+6 \N{LATIN SMALL LETTER U WITH DIAERESIS}7"
PARTS = ("0a1b2c", "3d4z", base64.b64encode(KEY.encode()).decode()[:12])
TELLING = {
    "2.1.1": 'assert not KEY, f"the key {KEY} was refused"',
    "2.1.2": 'raise RuntimeError(f"http://ada:{quote(KEY)}@localhost/?key={quote_plus(KEY)}")',
    "2.1.3": "print(KEY, json.dumps(KEY)); print(repr(KEY), file=sys.stderr); logging.error(KEY); assert not 1",
    "2.1.4": "local = {'key': KEY}; assert local == {'key': KEY + '!'}",
    "2.1.5": "pytest.skip(f'no server for {KEY}')",
    "2.1.6": "findings.degrading([Found(KEY)]); findings.blocking([Found(b64encode(KEY.encode()).decode())])",
}
IMPORTS = f"""\
import json
import logging
import warnings
from base64 import b64encode
from urllib.parse import quote, quote_plus

KEY = {KEY!r}


class Found:
    def __init__(self, message):
        self.message, self.file, self.line = message, f"{{KEY}}.md", 3
"""


@pytest.fixture
def project(tmp_path: Path) -> Miniature:
    """A miniature whose target holds a secret, and whose tests tell it in every way."""
    made = miniature.make(tmp_path)
    made.target["secrets"] = [KEY]
    made.target["described"] = [f"knowledge: http://ada:{urllib.parse.quote(KEY)}@localhost"]
    made.target["contacts"] = [{"role": "Tech Lead", "name": KEY}]
    made.target["overrides"] = [{"item": "2.1.2", "limit": "response time", "value": 1, "reason": f"because {KEY}"}]
    made.smoke(
        {
            item: f'@verifies("{item}")\ndef test_{item[-1]}(findings: Recorder):\n    {body}\n'
            for item, body in TELLING.items()
        },
        more=IMPORTS,
    )
    return made


def _tell(texts: dict[str, str]) -> list[str]:
    return [f"{part} in {name}" for name, text in texts.items() for part in PARTS if part in text]


OPTIONS = [
    (),
    ("-n", "2"),
    ("-vv", "-l", "--tb=long"),
    ("--tb=native",),
    ("-rA", "--show-capture=all"),
    ("-q", "--tb=line"),
]


@pytest.mark.parametrize("options", OPTIONS, ids=lambda options: " ".join(options) or "plain")
def test_secret_is_in_no_file_and_not_on_the_terminal(project: Miniature, options: tuple[str, ...]) -> None:
    result = project.run("-m", "smoke", *options)

    assert result.verdict()["verdict"] == "FAIL"
    assert set(result.outcomes().values()) == {"failed", "missing"}
    assert not _tell({"terminal": result.output, **result.files()})
    assert MASK in result.output


@pytest.mark.parametrize(
    "text", ["raise RuntimeError({key!r})", "print({key!r})\nimport no_such_module", "x = {key!r} +"]
)
def test_module_that_cannot_be_imported_tells_no_secret(project: Miniature, text: str) -> None:
    project.write("tests_smoke/test_more.py", text.format(key=KEY) + "\n")

    result = project.run("-m", "smoke")

    assert result.verdict()["verdict"] == "INCOMPLETE"
    assert not _tell({"terminal": result.output, **result.files()})


def test_parameters_tell_no_secret(project: Miniature) -> None:
    cases = "@pytest.mark.parametrize('url', [f'http://localhost/{KEY}'])"
    project.smoke({"2.1.3": f'{cases}\n@verifies("2.1.3")\ndef test_it(url):\n    assert not url\n'}, more=IMPORTS)

    result = project.run("-m", "smoke", "-v")

    assert result.outcomes()["2.1.3"] == "failed"
    assert not _tell({"terminal": result.output, **result.files()})


def test_secret_that_is_a_word_of_the_judge_does_not_spoil_the_contract(project: Miniature) -> None:
    """A secret may be called `passed` or `smoke`: verdict.json still has its keys, verdicts and markers."""
    project.target["secrets"] = ["passed", "smoke", "PASS", "failed", "critical", "at_most"]
    project.target["overrides"] = []
    project.smoke()

    result = project.run("-m", "smoke")

    assert result.status == 0, result.output
    assert result.verdict()["verdict"] == "PASS"
    assert set(result.outcomes().values()) == {"passed"}


def test_secrets_of_a_real_target_are_nowhere(tmp_path: Path, reference_server: ReferenceServer) -> None:
    broken = world.make(tmp_path / "world", reference_server.url)
    address = reference_server.url.replace("://", "://ada:pass%2Fword-22@")
    broken.target["knowledge"] |= {"url": address, "api_key": "${KNOWLEDGE_KEY}"}
    key = "kp_not/a+known=key"

    run = world.run_gate(
        "smoke",
        f"--target={broken.write_target()}",
        "-vv",
        "-l",
        reports=tmp_path / "reports",
        environment={"KNOWLEDGE_KEY": key},
    )

    assert run.verdict is not None, run.output
    assert run.outcomes["2.1.2"] == "failed", run.output
    texts = {str(path): path.read_text(encoding="utf-8") for path in (tmp_path / "reports").rglob("*.*")}
    assert len(texts) >= len(miniature.REPORTS)
    for name, text in {"terminal": run.output, **texts}.items():
        assert not [part for part in (key, "not/a+known", "word-22") if part in text], name
