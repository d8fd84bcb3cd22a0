"""Deploys and rolls back in processes that are killed: imported once, forked for each time.

python -m tests_suite.rehearsal_child reads one JSON object a line: `action` (deploy or roll back), `site`, `package`,
and how it ends: `kill_at` (number of what the watch is told), `kill_after` (seconds) or `largest` (bytes that a file
may have). It answers with `status` of the process (negative for a signal), what it `said`, and the `events` that the
watch was told.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import signal
import sys
import time
from pathlib import Path
from typing import Any

from fixtures.staging.deployment import deploy
from fixtures.staging.rollback import roll_back
from fixtures.staging.site import Person, Site, StoppedError


def main() -> None:
    """Serve until standard input closes."""
    for line in sys.stdin:
        asked = json.loads(line)
        out, into = os.pipe()
        child = os.fork()
        if not child:
            os.close(out)
            os.setsid()
            os._exit(_child(asked, into))
        os.close(into)
        if "kill_after" in asked:
            time.sleep(asked["kill_after"])
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(child, signal.SIGKILL)  # with everything that it started
        with open(out, encoding="utf-8") as pipe:
            said = pipe.read().splitlines()
        _, status = os.waitpid(child, 0)
        events = [each.removeprefix("> ") for each in said if each.startswith("> ")]
        words = [each for each in said if not each.startswith("> ")]
        answer = {"status": os.waitstatus_to_exitcode(status), "said": " ".join(words), "events": events}
        print(json.dumps(answer), flush=True)


def _child(asked: dict[str, Any], into: int) -> int:
    place = asked["site"]
    repository, live, backups, releases = (Path(place[name]) for name in ("repository", "live", "backups", "releases"))
    site = Site(repository, live, backups, releases, place["workflow"])
    dana = Person("Dana Example", "DevOps", "dana@example.com")
    count = 0

    def watch(step: int, words: str) -> None:
        nonlocal count
        os.write(into, f"> {step} {words}\n".encode())
        if count == asked.get("kill_at"):
            os.kill(os.getpid(), signal.SIGKILL)
        count += 1

    if "largest" in asked:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (asked["largest"], resource.RLIM_INFINITY))
    try:
        if asked["action"] == "deploy":
            deploy(site, Path(asked["package"]), by=dana, watch=watch)
        else:
            roll_back(site, by=dana, drain=0, watch=watch)
    except StoppedError as error:
        os.write(into, f"{error}\n".encode())
        return 1
    return 0


if __name__ == "__main__":
    main()
