"""A watch in a process of its own, to be killed: `python -m tests_suite.watch_child FILE SECONDS EVERY [URL]`."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path

from fixtures.monitoring.line import Line
from fixtures.monitoring.machine import Machine
from fixtures.monitoring.prober import Prober
from fixtures.monitoring.progress import Progress
from fixtures.monitoring.watch import Eyes, Order, watch
from gate import checklist


def main(file: str, seconds: str, every: str, url: str = "") -> int:
    """Watch; what is on standard output is what a terminal would show."""
    order = Order(float(seconds), float(every), None, "digest", Path(file))
    with contextlib.ExitStack() as stack:
        prober = stack.enter_context(_prober(url)) if url else None
        watch(order, Eyes(prober, Machine(Path.cwd())), Progress(lambda text: print(text, flush=True)))
    return 0


@contextlib.contextmanager
def _prober(url: str) -> Iterator[Prober]:
    import httpx

    from fixtures.knowledge.knowledgetarget import KnowledgeTarget
    from fixtures.knowledge.server import KnowledgeServer

    release = checklist.load().release
    with httpx.Client(trust_env=False) as client:
        server = KnowledgeServer(KnowledgeTarget(url, timeout_seconds=5), url, client)
        with Line(server) as line:
            yield Prober(server, line, release.knowledge_tools, release.knowledge_queries, release.knowledge_services)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
