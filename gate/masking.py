"""What pytest itself tells of a run besides the tests' reports: warnings, its own errors, and log lines, masked."""

from __future__ import annotations

import logging
import traceback
import warnings
from collections.abc import Generator
from typing import Any

import pytest

from gate.secrets import Redactor

LOG_HANDLERS = ("log_cli_handler", "log_file_handler")  # of pytest's logging plugin; its third one feeds the reports


class Masked(logging.Formatter):
    """A formatter whose lines hold no secret; an HTTP client logs the address of each request, password included."""

    def __init__(self, inner: logging.Formatter, hide: Redactor) -> None:
        super().__init__()
        self._inner, self._hide = inner, hide

    def format(self, record: logging.LogRecord) -> str:
        """The line of the formatter inside, masked."""
        return self._hide(self._inner.format(record))


class Masking:
    """A pytest plugin that comes before all that print; workers have it, too, and send what they print."""

    def __init__(self, config: pytest.Config, hide: Redactor) -> None:
        self._config, self._hide = config, hide

    @pytest.hookimpl(trylast=True)
    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """Mask --log-cli-level and --log-file."""
        plugin = session.config.pluginmanager.get_plugin("logging-plugin")
        for handler in (getattr(plugin, name, None) for name in LOG_HANDLERS):
            if isinstance(handler, logging.Handler) and handler.formatter is not None:
                handler.setFormatter(Masked(handler.formatter, self._hide))

    @pytest.hookimpl(tryfirst=True)
    def pytest_warning_recorded(self, warning_message: warnings.WarningMessage) -> None:
        """Mask a warning before it is kept for the terminal's summary."""
        said = str(warning_message.message)
        if self._hide(said) != said:
            warning_message.message = UserWarning(self._hide(said))

    @pytest.hookimpl(tryfirst=True)
    def pytest_internalerror(self, excrepr: Any) -> None:
        """Mask an error of a plugin, or of pytest: its traceback goes to the terminal and into junit.xml."""
        self._mask(excrepr)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionfinish(self) -> Generator[None, object, object]:
        """Mask an error in the end of a run, which nobody catches any more: Python itself prints it."""
        try:
            return (yield)
        except Exception as error:
            said = "".join(traceback.format_exception(error))
            if self._hide(said) == said:
                raise
            raise RuntimeError(f"an error in the end of the run:\n{self._hide(said)}") from None

    @pytest.hookimpl(trylast=True)
    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """Mask what `pytest.exit` or an interruption says, once the terminal has kept it for its last lines."""
        reporter = self._config.pluginmanager.get_plugin("terminalreporter")
        self._mask(getattr(reporter, "_keyboardinterrupt_memo", None))

    def _mask(self, shown: Any) -> None:
        said = "" if shown is None else str(shown)
        crash = getattr(shown, "reprcrash", None)
        if crash is not None:
            crash.message = self._hide(crash.message)
        if self._hide(said) != said:
            shown.toterminal = lambda terminal: terminal.line(self._hide(said))
