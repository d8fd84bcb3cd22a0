"""The watch of plan 3.1 takes an hour, which is no check's own time: it is over before the first of them begins."""

from __future__ import annotations

from collections.abc import Generator

import pytest

from fixtures.monitoring.subject import watch_once
from gate.state import checklist_of

ITEM = "3.1.1"


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Watch before the first check that looks at it, outside of its time limit."""
    if "watched" in getattr(item, "fixturenames", ()):
        from fixtures.monitoring.hope import Limits

        checklist = checklist_of(item.config)
        held = checklist.items[ITEM]
        limits = Limits(
            latency=held.limit("request latency").value,
            p99=held.limit("99th percentile").value,
            errors=held.limit("error rate").value,
            availability=held.limit("availability").value,
        )
        watch_once(item, checklist.release, limits)
    return (yield)
