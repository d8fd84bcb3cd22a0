"""No secret in what pytest itself tells: warnings, its own errors, log lines, the last words of a run."""

from __future__ import annotations

import logging
import warnings
from types import SimpleNamespace
from typing import Any

import pytest

from gate.masking import LOG_HANDLERS, Masked, Masking
from gate.secrets import MASK, redactor

SECRET = "hunter22"
HIDE = redactor([SECRET])


def _config(plugin: str = "none", registered: Any = None) -> Any:
    return SimpleNamespace(pluginmanager=SimpleNamespace(get_plugin={plugin: registered}.get))


@pytest.mark.parametrize("name", LOG_HANDLERS)
def test_log_line_is_formatted_as_before_and_masked(name: str) -> None:
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(levelname)s <%(message)s>"))
    config = _config("logging-plugin", SimpleNamespace(**{name: handler}))

    Masking(config, HIDE).pytest_sessionstart(SimpleNamespace(config=config))  # type: ignore[arg-type]

    record = logging.LogRecord("httpx", logging.INFO, __file__, 1, "GET http://u:%s@h", (SECRET,), None)
    assert isinstance(handler.formatter, Masked)
    assert handler.format(record) == f"INFO <GET http://u:{MASK}@h>"


def test_handlers_without_a_formatter_and_runs_without_logging_are_left_alone() -> None:
    handler = logging.StreamHandler()
    odd = SimpleNamespace(formatter=logging.Formatter())
    for plugin in (None, SimpleNamespace(log_cli_handler=handler, log_file_handler=odd)):
        config = _config("logging-plugin", plugin)
        Masking(config, HIDE).pytest_sessionstart(SimpleNamespace(config=config))  # type: ignore[arg-type]

    assert handler.formatter is None
    assert not isinstance(odd.formatter, Masked)


def _warned(message: Warning) -> warnings.WarningMessage:
    warning = warnings.WarningMessage(message, type(message), __file__, 1)
    Masking(_config(), HIDE).pytest_warning_recorded(warning)
    return warning


def test_warning_that_tells_a_secret_is_replaced_by_one_that_does_not() -> None:
    warning = _warned(DeprecationWarning(f"GET http://u:{SECRET}@h"))

    assert isinstance(warning.message, UserWarning)
    assert str(warning.message) == f"GET http://u:{MASK}@h"


def test_warning_that_tells_none_stays_the_very_one() -> None:
    message = DeprecationWarning("old")

    assert _warned(message).message is message


def _written(shown: Any) -> list[str]:
    lines: list[str] = []
    shown.toterminal(SimpleNamespace(line=lines.append))
    return lines


class _Shown:
    """What pytest shows of an error: its text, and where it happened."""

    def __init__(self, text: str, crash: str | None) -> None:
        self._text = text
        self.reprcrash = None if crash is None else SimpleNamespace(message=crash)

    def __str__(self) -> str:
        return self._text

    def toterminal(self, terminal: Any) -> None:
        terminal.line(f"as it was: {self._text}")


SHOWN = {
    "a secret": (_Shown(f"E {SECRET}", f"no {SECRET}"), [f"E {MASK}"], f"no {MASK}"),
    "a secret in the text alone": (_Shown(f"E {SECRET}", None), [f"E {MASK}"], None),
    "a secret in the crash alone": (_Shown("E", f"no {SECRET}"), ["as it was: E"], f"no {MASK}"),
    "none": (_Shown("E", "no"), ["as it was: E"], "no"),
}


@pytest.mark.parametrize(("shown", "lines", "crash"), SHOWN.values(), ids=SHOWN)
@pytest.mark.parametrize("internal", [True, False], ids=["an error of pytest", "an interruption"])
def test_traceback_on_the_terminal_is_masked(
    shown: _Shown, lines: list[str], crash: str | None, internal: bool
) -> None:
    crashed = None if shown.reprcrash is None else shown.reprcrash.message
    shown = _Shown(str(shown), crashed)
    config = _config("terminalreporter", SimpleNamespace(_keyboardinterrupt_memo=shown))
    masking = Masking(config, HIDE)

    if internal:
        masking.pytest_internalerror(shown)
    else:
        masking.pytest_keyboard_interrupt(None)  # type: ignore[arg-type]

    assert _written(shown) == lines
    assert (None if shown.reprcrash is None else shown.reprcrash.message) == crash


@pytest.mark.parametrize("reporter", [None, SimpleNamespace(), SimpleNamespace(_keyboardinterrupt_memo=None)])
def test_interruption_of_a_run_without_a_terminal_masks_nothing(reporter: Any) -> None:
    Masking(_config("terminalreporter", reporter), HIDE).pytest_keyboard_interrupt(None)  # type: ignore[arg-type]

    assert reporter is None or getattr(reporter, "_keyboardinterrupt_memo", None) is None


def _finished(error: Exception | None) -> object:
    """What comes out of the end of a run in which the other plugins raise an error, or say "done"."""
    finishing = Masking(_config(), HIDE).pytest_sessionfinish()
    assert next(finishing) is None
    try:
        if error is not None:
            return finishing.throw(error)
        finishing.send("done")
    except StopIteration as ended:
        return ended.value
    raise AssertionError("it goes on")


def test_end_of_a_run_without_an_error_hands_on_what_it_was_given() -> None:
    assert _finished(None) == "done"


def test_error_in_the_end_of_a_run_is_told_masked_and_alone() -> None:
    with pytest.raises(RuntimeError) as caught:
        _finished(OSError(f"no {SECRET}"))

    said = str(caught.value)
    assert said.startswith("an error in the end of the run:\nTraceback (most recent call last):\n")
    assert said.endswith(f"OSError: no {MASK}\n")
    assert caught.value.__suppress_context__


def test_error_without_a_secret_stays_the_very_one() -> None:
    error = OSError("no")

    with pytest.raises(OSError, match="no") as caught:
        _finished(error)

    assert caught.value is error
