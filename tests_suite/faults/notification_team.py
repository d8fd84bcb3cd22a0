"""Faults of what the team was told: the incident process (1.3.4), who is there (1.3.5); and of the whole record."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tests_suite.faults.notification import (
    DEGRADED,
    INCIDENT,
    MESSAGES,
    RECORD,
    TEAM,
    WHOLE,
    Change,
    at,
    both,
    changed,
    fault,
    message,
    now,
    target,
    wording,
)
from tests_suite.faults.records import EVIDENCE, path_of, with_record, with_text
from tests_suite.faults.sick_server import Behaviour, SickServer, answer, stalls
from tests_suite.faults.world import Fault, World


def _process(place: str) -> Change:
    """The incident process at another place, which the team was told."""

    def change(data: dict[str, Any]) -> None:
        wording(1, data["incident_process"], place)(data)
        data["incident_process"] = place

    return change


def _file(name: str, content: str) -> Callable[[World], None]:
    def breaks(world: World) -> None:
        path = world.root / EVIDENCE / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
        with_record(RECORD, _process(name))(world)

    return breaks


def _linked_outside(world: World) -> None:
    secret = world.root / "elsewhere.md"
    secret.write_text("report, escalate, decide", encoding="utf-8")
    (world.root / EVIDENCE / "process.md").symlink_to(secret)
    with_record(RECORD, _process("process.md"))(world)


def _page(behaviour: Behaviour) -> Callable[[World], None]:
    def breaks(world: World) -> None:
        server = world.running.enter_context(SickServer("http://127.0.0.1:9", {"*": behaviour}))
        with_record(RECORD, _process(f"{server.url}/incidents?token=s3cret-words"))(world)

    return breaks


def _closed(world: World) -> None:
    with SickServer("http://127.0.0.1:9", {}) as server:
        address = server.url
    with_record(RECORD, _process(f"{address}/incidents"))(world)


def _entry(number: int, **values: Any) -> Change:
    return lambda data: data["availability"][number].update(values)


def _again(number: int, **values: Any) -> Change:
    return lambda data: data["availability"].append({**data["availability"][number], **values})


PROCESS: Sequence[Fault] = (
    changed("file that is not there", _process("DEPLOYMENT/INCIDENTS.md"), INCIDENT,
            "is no file in workflow/ or in evidence/"),
    changed("path that leads out", _process("../target.yaml"), INCIDENT, "without '..'"),
    changed("path of this machine", _process("/etc/hosts"), INCIDENT, "is no path inside of workflow/"),
    fault("link that leads out", _linked_outside, INCIDENT, "is a link that leads out of evidence/"),
    changed("a folder", _process("DEPLOYMENT"), INCIDENT, "not a regular file"),
    fault("empty file", _file("process.md", "\n"), INCIDENT, "process.md", "is empty"),
    fault(
        "file without an escalation",
        _file("process.md", "Report it to the hotline, who decides."),
        INCIDENT,
        "does not say how it is escalated",
    ),
    fault("file about something else", _file("process.md", "Bread, milk."), INCIDENT, "does not say who decides"),
    fault("no text", _file("process.md", "%PDF\0\0"), INCIDENT, "holds a NUL byte"),
    fault("page not found", _page(answer(404, "gone")), INCIDENT, "/incidents: answered 404; expected a page"),
    fault("page that is empty", _page(answer(200, " ")), INCIDENT, "answered 200 without a text"),
    fault("page that leads in circles", _page(answer(302, "", location="/incidents")), INCIDENT, "expected a page"),
    fault("nobody answers", _closed, INCIDENT, "/incidents: ", "expected a page"),
    changed("a link without a host", _process("https:///incidents"), INCIDENT, "is no address of a page"),
    changed("not sent to one of the team", lambda data: data["messages"][1]["to"].remove("quentin@example.com"),
             INCIDENT, "the QA Lead (Quentin Example, quentin@example.com) was not sent it"),
    changed("not named in any message", wording(1, "DEPLOYMENT/INCIDENT_RESPONSE.md", "the wiki"), INCIDENT,
             "no notice of the last 24 hours before T-0 names it"),
    changed("sent a month ago", message(1, sent=at(-700)), INCIDENT, "no notice of the last 24 hours"),
    changed("no process", lambda data: data.pop("incident_process"), INCIDENT, "incident_process: missing"),
)  # fmt: skip

PRESENCE: Sequence[Fault] = (
    changed(
        "a role that nobody fills",
        lambda data: data["availability"].pop(4),
        TEAM,
        "On-Call Engineer: nobody has confirmed",
    ),
    changed("leaves before the end", _entry(0, until=at(0.9)), TEAM, "Tech Lead: nobody is there from"),
    changed("comes late", _entry(1, **{"from": at(0.1)}), TEAM, "Infrastructure Lead: nobody is there from"),
    changed(
        "a gap between two",
        both(_entry(2, until=at(0.4)), _again(2, name="Petra Example", **{"from": at(0.5), "until": at(3)})),
        TEAM,
        "Product Manager: nobody is there from",
    ),
    changed("there on another day", _entry(3, **{"from": at(24), "until": at(26)}), TEAM, "QA Lead: nobody is there"),
    changed(
        "has taken it back",
        lambda data: data["availability"].append({**data["availability"][5], "available": False}),
        TEAM,
        "DevOps: Dana Example has taken it back",
    ),
    changed("has said no", _entry(5, available=False), TEAM, "DevOps: Dana Example is not available"),
    changed("confirms tomorrow", _entry(0, confirmed=now(2)), TEAM, "has confirmed it in the future"),
    changed(
        "confirmed a year too early, by the record",
        _entry(0, confirmed=at(-24 * 365)),
        {"1.3.5": DEGRADED},
        "Tech Lead: Ada Example has confirmed it at",
        "more than 7 days before T-0",
    ),
    changed("confirmed afterwards", _entry(0, confirmed=at(0.2)), TEAM, "has confirmed it"),
    changed("a role for a name", _entry(0, name="Tech Lead"), TEAM, "Tech Lead is nobody's name; expected a person"),
    changed("name to be found", _entry(0, name="TBD"), TEAM, "TBD is nobody's name"),
    changed("time backwards", _entry(0, **{"from": at(2), "until": at(-1)}), TEAM, "is not after the one from when"),
    changed("not filled in", _entry(0, name="[fill in]"), TEAM, "availability[0].name: is not filled in"),
    changed("nobody at all", lambda data: data["availability"].clear(), TEAM, "availability: is empty"),
    changed("end left out", lambda data: data["availability"][1].pop("until"), TEAM, "availability[1].until: missing"),
    changed("a word for yes", _entry(1, available="yes"), TEAM, "found a text, expected true or false"),
    changed("at the end of time", _entry(1, until="9999-12-31T23:59:59-10:00"), TEAM, "availability[1].until: found"),
    changed(
        "one person in two roles",
        _entry(5, name="ada  EXAMPLE"),
        {"1.3.5": DEGRADED},
        "is DevOps and Tech Lead at the same time",
    ),
    changed(
        "a role that the plan does not have",
        _again(0, role="Barista", name="Bo Example"),
        {"1.3.5": DEGRADED},
        "the plan has no role Barista",
    ),
)

WHOLES: Sequence[Fault] = (
    fault(
        "missing", lambda world: path_of(world, RECORD).unlink(), WHOLE, "copy fixtures/evidence/templates/notification"
    ),
    fault("no JSON", with_text(RECORD, lambda text: text[:-3]), WHOLE, "no valid JSON"),
    changed(
        "unknown part", lambda data: data.update(mesages=[]), WHOLE, "mesages: unknown key; did you mean messages?"
    ),
    changed("no messages", lambda data: data.pop("messages"), MESSAGES, "messages: missing"),
    target("no deployment", lambda target: target.pop("deployment"), WHOLE, "no time of the deployment"),
    target("no evidence", lambda target: target.pop("evidence"), WHOLE, "the target provides no evidence folder"),
)

SLOW = fault("page that never ends", _page(stalls(b"HTTP/1.1 200 OK\r\n\r\n")), INCIDENT, "did not end within 10 s")

FAULTS: Sequence[Fault] = (*PROCESS, *PRESENCE, *WHOLES)
