"""A plugin of pytest for the process that serves mutants: it collects the suite once, and forks for each request.

It first forks once for each pair of pipes that MUTATION_PIPES names, with the folder of each: these serve at the same
time. A request is one JSON object a line on one pipe: `tests`, by name, in order, `seconds`, after which no further one
begins, and `reached`, a module of which it is to be said which functions each test calls, or nothing. The fork runs the
tests until the first failure, with the mutant that is active then; what it says on the other pipe is one JSON array a
line: `["child", pid]`, `["start", test]`, `["end", test, outcome, message]`, `["reached", test, functions]`; and the
process that serves adds `["done", status]`.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import json
import os
import shutil
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Generator
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from tests_suite.mutation.hook import STATE, forget

# What registers plugins for its own tests, or imports such modules, is imported only when pytest has registered them.

PIPES, GATES = "MUTATION_PIPES", "MUTATION_GATES"
RATE = ("--rate-limit", "1000000")  # of the servers that the suite shares
FOREVER = 300.0  # seconds
_ANSWERS: list[int] = []
_FIRST = os.getpid()


def pytest_runtestloop(session: pytest.Session) -> bool | None:
    """Serve until the requests end. In the fork that a request is answered by, go on to pytest's own loop."""
    places = json.loads(os.environ.pop(PIPES))
    gc.collect()
    gc.freeze()
    children = []
    for index, (requests, answers, folder) in enumerate(places):
        child = os.fork()
        if child == 0:
            for later in places[index + 1 :]:
                os.close(later[0])
                os.close(later[1])
            os.environ[STATE] = folder
            return _serve(session, requests, answers, Path(folder, "tmp"))
        children.append(child)
        os.close(requests)
        os.close(answers)
    for child in children:
        os.waitpid(child, 0)
    return True


def _serve(session: pytest.Session, requests: int, answers: int, temporary: Path) -> bool | None:
    _ANSWERS.append(answers)
    session.config._tmp_path_factory._given_basetemp = temporary  # type: ignore[attr-defined]
    by_name = {item.nodeid: item for item in session.items}
    if os.environ[GATES] == "yes":
        _start_warm()
        _start_servers()
    _say("ready", list(by_name))
    with os.fdopen(requests, encoding="utf-8") as lines:
        for line in lines:
            shutil.rmtree(temporary, ignore_errors=True)
            pid = os.fork()
            if pid == 0:
                os.setpgid(0, 0)
                _say("child", os.getpid())
                request = json.loads(line)
                session.items = [by_name[name] for name in request["tests"] if name in by_name]
                session.testscollected = len(session.items)
                session.config.pluginmanager.register(Stop(session, time.monotonic() + request["seconds"]))
                if request["reached"]:
                    session.config.pluginmanager.register(Reached(request["reached"]))
                return None
            status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
            if status not in (0, 1) and os.environ[GATES] == "yes":
                _start_warm()
            _say("done", status)
    return True


def _start_warm() -> None:
    """The process of which gates are forked is started once, for all forks of this one, and ends with this one."""
    from tests_suite.faults import warm, world

    if world.WARM.process is not None:
        world.WARM.stop()
        warm._end(world.WARM.process)
    world.WARM.process = process = warm._start()
    atexit.unregister(warm._end)
    atexit.register(warm._end, process)


class Reached:
    """A plugin that says of each test which functions of a module it has called."""

    def __init__(self, path: str) -> None:
        self.path, self.names = path, set[str]()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, bool, bool]:
        """Watch every call, set-up and tear-down included; nested functions count as the one that they are in."""
        self.names = set()
        forget()  # what an earlier test has put into a cache is not called again
        sys.setprofile(self._see)
        try:
            return (yield)
        finally:
            sys.setprofile(None)
            _say("reached", item.nodeid, sorted(self.names))

    def _see(self, frame: FrameType, event: str, _: object) -> None:
        if event == "call" and frame.f_code.co_filename.endswith(self.path):
            self.names.add(frame.f_code.co_qualname.partition(".<locals>")[0])


class Stop:
    """A plugin that lets no further test begin when there is no time left."""

    def __init__(self, session: pytest.Session, until: float) -> None:
        self.items, self.until, self.begun = session.items, until, 0

    def pytest_runtest_logfinish(self) -> None:
        """Forget the tests that are left, when it is late."""
        self.begun += 1
        if time.monotonic() > self.until:
            del self.items[self.begun :]


def _start_servers() -> None:
    """The healthy reference servers are started once, too: they are no part of what is mutated."""
    from fixtures.reference.process import ReferenceServer, start
    from tests_suite import conftest

    class Kept(ReferenceServer):
        """A server that outlives the session that stops it."""

        def stop(self) -> None:
            """Leave it running: it ends with the process that serves."""

    kept = []
    for _ in range(2):
        server = start(*RATE)
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "ping"}).encode()
        asked = urllib.request.Request(f"{server.url}/mcp", body, {"Content-Type": "application/json"})
        with contextlib.suppress(urllib.error.HTTPError):  # it is enough that it has loaded what answers
            urllib.request.urlopen(asked, timeout=FOREVER).close()
        kept.append(Kept(server.url, server.process, server.errors))

    def begin(*options: str) -> ReferenceServer:
        return kept.pop() if kept and options == RATE else start(*options)

    conftest.start = begin  # type: ignore[attr-defined]


def _say(*words: Any) -> None:
    if _ANSWERS:
        os.write(_ANSWERS[0], (json.dumps(words) + "\n").encode())


def pytest_runtest_logstart(nodeid: str) -> None:
    """Say which test begins."""
    _say("start", nodeid)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Say how it ended."""
    if report.when == "teardown" or not report.passed:
        crash = getattr(report.longrepr, "reprcrash", None)
        message = crash.message if crash is not None else str(report.longrepr or "")
        _say("end", report.nodeid, report.outcome, f"{report.when}: {message[:300]}")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> Generator[None]:
    """Leave a fork at once, when everything is torn down: what would follow concerns the first process."""
    yield
    if os.getpid() != _FIRST:
        os._exit(int(exitstatus))
