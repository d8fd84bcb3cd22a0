"""Secrets when a run goes wrong: plugins, fixtures, warnings, logs and interruptions tell them, no output does."""

from __future__ import annotations

import base64
from pathlib import Path
from urllib.parse import quote

import pytest

from gate.masking import LOG_HANDLERS
from gate.secrets import MASK, redactor
from tests_suite import miniature
from tests_suite.miniature import Miniature, Result

KEY = "kp_0a1b2c/3d4z'5f+6 hunterhorse7"
FORMS = (KEY[:10], "hunterhorse", "3d4z", quote(KEY, safe="")[:14], base64.b64encode(KEY.encode()).decode()[:16])
WORKERS = pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["one process", "two workers"])
MORE = f"""\
import base64
import logging
import warnings
from urllib.parse import quote

KEY = {KEY!r}
"""


@pytest.fixture
def project(tmp_path: Path) -> Miniature:
    """A miniature whose target holds a secret; everything passes."""
    made = miniature.make(tmp_path)
    made.target["secrets"] = [KEY]
    return made


def _smoke(project: Miniature, body: str, more: str = "", arguments: str = "") -> None:
    test = f'{more}\n@verifies("2.1.3")\ndef test_2_1_3({arguments}):\n    {body}\n'
    project.smoke({"2.1.3": test}, more=MORE)


def _leaks(result: Result, *more: Path) -> list[str]:
    texts = {"terminal": result.output, **result.files()}
    texts |= {str(path): path.read_text(encoding="utf-8") for path in more}
    return [f"{form} in {name}" for name, text in texts.items() for form in FORMS if form in text]


FIXTURES = {
    "setup": "@pytest.fixture\ndef broken():\n    raise RuntimeError(KEY)\n",
    "setup with a cause": "@pytest.fixture\ndef broken():\n    try:\n        {}[KEY]\n    except KeyError as error:\n"
    "        raise OSError(quote(KEY, safe='')) from error\n",
    "teardown": "@pytest.fixture\ndef broken():\n    yield\n    raise RuntimeError(base64.b64encode(KEY.encode()))\n",
    "for the whole session": "@pytest.fixture(scope='session')\ndef broken():\n    raise OSError(2, KEY, KEY)\n",
    "exit": "@pytest.fixture\ndef broken():\n    pytest.exit(KEY)\n",
    "interruption": "@pytest.fixture\ndef broken():\n    raise KeyboardInterrupt(KEY)\n",
    "group": "@pytest.fixture\ndef broken():\n    raise ExceptionGroup(KEY, [ValueError(KEY), OSError(KEY)])\n",
    "notes": "@pytest.fixture\ndef broken():\n    error = ValueError('no')\n    error.add_note(KEY)\n    raise error\n",
    "repr of bytes": "@pytest.fixture\ndef broken():\n    raise ValueError(repr([KEY.encode()]))\n",
}


@WORKERS
@pytest.mark.parametrize("fixture", FIXTURES.values(), ids=FIXTURES)
def test_fixture_that_raises_tells_no_secret(project: Miniature, fixture: str, workers: tuple[str, ...]) -> None:
    _smoke(project, "pass", fixture, "broken")

    result = project.run("-m", "smoke", "-vv", "-l", *workers, environment={"GITHUB_ACTIONS": "true"})

    assert result.status != 0, result.output
    assert result.outcomes()["2.1.3"] in ("failed", "missing")
    assert _leaks(result) == []


HOOKS = {
    "subjects": "def pytest_gate_subjects(config, gates):\n    raise OSError(f'cannot read {KEY}')\n",
    "a bug in the end": "def pytest_gate_subjects(config, gates):\n    raise RuntimeError(f'cannot read {KEY}')\n",
    "a bug in the beginning": "def pytest_sessionstart(session):\n    raise RuntimeError(f'no server for {KEY}')\n",
    "a bug in the midst": "def pytest_runtest_setup(item):\n    raise RuntimeError(f'no server for {KEY}')\n",
    "a bug between tests": "def pytest_runtest_logstart(nodeid, location):\n    raise RuntimeError(quote(KEY))\n",
    "a bug in the collection": "def pytest_collection_modifyitems(items):\n    raise RuntimeError(repr([KEY]))\n",
}


@WORKERS
@pytest.mark.parametrize("hook", HOOKS.values(), ids=HOOKS)
def test_plugin_that_breaks_tells_no_secret(project: Miniature, hook: str, workers: tuple[str, ...]) -> None:
    project.write("conftest.py", f"{MORE}\n\n{hook}")

    result = project.run("-m", "smoke", *workers)

    assert result.status != 0, result.output
    assert _leaks(result) == []
    assert MASK in result.output


@WORKERS
def test_warning_tells_no_secret(project: Miniature, workers: tuple[str, ...]) -> None:
    _smoke(project, "warnings.warn(f'{KEY} is old', DeprecationWarning)")

    result = project.run("-m", "smoke", "-W", "default", *workers)

    assert f"DeprecationWarning: {MASK} is old" in result.output
    assert _leaks(result) == []


def test_log_lines_tell_no_secret(project: Miniature) -> None:
    """An HTTP client logs the address of each request, with user and password."""
    _smoke(project, "logging.getLogger('client').info('GET http://ada:%s@localhost', quote(KEY, safe=''))")
    log = project.root / "log.txt"

    result = project.run("-m", "smoke", "--log-cli-level=DEBUG", f"--log-file={log}", "--log-file-level=DEBUG")

    assert result.status == 0
    assert f"GET http://ada:{MASK}@localhost" in result.output
    assert f"GET http://ada:{MASK}@localhost" in log.read_text(encoding="utf-8")
    assert _leaks(result, log) == []


def test_masked_log_handlers_are_those_of_pytest(pytestconfig: pytest.Config) -> None:
    plugin = pytestconfig.pluginmanager.get_plugin("logging-plugin")

    assert [name for name in LOG_HANDLERS if not hasattr(plugin, name)] == []


def test_attachment_and_note_tell_no_secret(project: Miniature) -> None:
    body = "attach('first-day.json', KEY); record_property(f'key {KEY}', KEY); record_property('url', quote(KEY))"
    _smoke(project, body, arguments="attach, record_property")

    result = project.run("-m", "smoke")

    assert result.status == 0, result.output
    assert "smoke/first-day.json" in result.files()
    assert _leaks(result) == []


@pytest.mark.parametrize("cut", range(len(KEY) - 1, 11, -1))
def test_beginning_of_a_secret_that_was_cut_off_is_masked(cut: int) -> None:
    assert redactor([KEY])(f"refused: {KEY[:cut]}") == f"refused: {MASK}"
    assert redactor([KEY])(f"'{quote(KEY, safe='')[:40]}' (and 3 more)").endswith(f"{MASK}' (and 3 more)")


@pytest.mark.parametrize(
    "text", ["production", "the production-ready one", "production-passwords", "product", "production_x 4"]
)
def test_word_that_a_secret_begins_with_stays(text: str) -> None:
    assert redactor(["production-password-of-ada"])(text) == text


@pytest.mark.parametrize(
    "text",
    ["a\\/b\\u003Cc\\u0026d\\u00FC\\u0020\\u0020e", "a/b<c&d\\xc3\\xbc  e", "a/b&lt;c&amp;dü e", "a/b<c&dÃ¼  e"],
    ids=["JSON of Go and PHP", "bytes", "one line", "UTF-8 read as Latin-1"],
)
def test_spelling_of_other_programs_is_masked(text: str) -> None:
    assert redactor(["a/b<c&dü  e"])(f"x {text} y") == f"x {MASK} y"
