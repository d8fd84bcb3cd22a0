"""Faults of the retrospective: people (3.5.1), agenda (3.5.2), notes and actions (3.5.3), passed on (3.5.4)."""

from __future__ import annotations

from collections.abc import Sequence

from tests_suite.faults.announced import Faults, add, at, both, day, drop, now, worded
from tests_suite.faults.records import put
from tests_suite.faults.sick_server import answer
from tests_suite.faults.world import Fault

PEOPLE, AGENDA, NOTES, PASSED_ON = ({f"3.5.{number}": "failed"} for number in range(1, 5))
WHOLE = PEOPLE | AGENDA | NOTES | PASSED_ON
TIMES = PEOPLE | NOTES | PASSED_ON  # what comes after the meeting is held against its time, too
DEGRADED = "degraded"
FAULTS_OF = Faults("retrospective")
changed, fault, page = FAULTS_OF.changed, FAULTS_OF.of, FAULTS_OF.page
WIKI = ("wiki", "url")
LIMITS = {
    "deployment summary": 5,
    "issues encountered": 10,
    "successes": 5,
    "performance metrics": 10,
    "user feedback": 10,
    "improvements": 5,
    "next deployment": 5,
}

HELD: Sequence[Fault] = (
    *(changed(f"without the {role}", drop("participants", number), PEOPLE, f"the {role} did not take part")
      for number, role in enumerate(("Tech Lead", "Product Manager", "Infrastructure Lead", "QA Lead"))),
    changed("without users", drop("participants", 4), PEOPLE, "fewest users: 0 users"),
    changed("with three users", both(add("participants", number=4, name="Uwe Example"),
            add("participants", number=4, name="Uta Example")), {"3.5.1": DEGRADED}, "most users: 3 users"),
    changed("a user of the team", put("participants", 4, "name", to="Dana Example"), PEOPLE,
            "Dana Example is the DevOps, no user"),
    changed("a role for a name", put("participants", 0, "name", to="Tech Lead"), PEOPLE, "'Tech Lead' is nobody's name",
            "the Tech Lead did not take part"),
    changed("a name to be found", put("participants", 4, "name", to="TBD"), PEOPLE, "'TBD' is nobody's name"),
    changed("one person in two roles", put("participants", 3, "name", to="Ada Example"), {"3.5.1": DEGRADED},
            "Ada Example took part as QA Lead and Tech Lead"),
    changed("a role that the plan does not have", add("participants", role="Barista", name="Bo Example"),
            {"3.5.1": DEGRADED}, "the plan has no role Barista"),
    changed("nobody", put("participants", to=[]), PEOPLE, "participants: is empty"),
    changed("held too early", put("held", "at", to=at(6)), {"3.5.1": DEGRADED}, "is before T+24h"),
    changed("held before the deployment", put("held", "at", to=at(-6)), PEOPLE, "is before T-0"),
    changed("still to be held", put("held", "at", to=now(1)), PEOPLE | PASSED_ON, "held.at", "is still to come"),
    changed("held at no time", drop("held", "at"), WHOLE, "held.at: missing"),
)  # fmt: skip

POINTS: Sequence[Fault] = (
    *(changed(f"{point} left out", drop("agenda", number), AGENDA, f"{point} was not taken up")
      for number, point in enumerate(LIMITS)),
    *(changed(f"{point} cut short", put("agenda", number, "minutes", to=2), {"3.5.2": DEGRADED},
              f"{point}: 2 min, expected {minutes}")
      for number, (point, minutes) in enumerate(LIMITS.items())),
    changed("a meeting shorter than its points", put("held", "minutes", to=30), AGENDA,
            "the points took 50 min, the meeting 30 min"),
    changed("a meeting without an end", put("held", "minutes", to=90), {"3.5.2": DEGRADED, **PASSED_ON}, "90 min"),
    changed("a point that the plan does not have", put("agenda", 2, "point", to="cake"), AGENDA,
            "agenda[2].point: unknown"),
    changed("minutes in words", put("agenda", 2, "minutes", to="five"), AGENDA, "found a text, expected a number"),
    changed("no minutes at all", put("agenda", 2, "minutes", to=0), AGENDA, "0 is out of range; expected minutes"),
    changed("no agenda", put("agenda", to=[]), AGENDA, "agenda: is empty"),
)  # fmt: skip

WRITTEN: Sequence[Fault] = (
    *(changed(f"nothing under {heading}", put("notes", heading, to=[]), NOTES, f"notes.{heading}: is empty")
      for heading in ("went_well", "could_be_improved", "lessons")),
    changed("notes that say nothing", put("notes", "lessons", to=["none"]), NOTES,
            "notes.lessons[0]: none says nothing"),
    changed("notes of one word", put("notes", "went_well", to=["everything"]), NOTES, "is too short"),
    changed("the same note twice", put("notes", "went_well", to=["All of it", "all  of IT"]), NOTES, "is too short"),
    changed("the same lesson twice", put("notes", "lessons", to=["Ask users before", "ask  users BEFORE"]), NOTES,
            "notes.lessons[1]: says the same as an entry before"),
    changed("an action of nobody", drop("actions", 0, "owner"), NOTES | PASSED_ON, "actions[0].owner: missing"),
    changed("an action of all", put("actions", 0, "owner", to="everyone"), NOTES, "'everyone' is nobody's name"),
    changed("an action of a role", put("actions", 0, "owner", to="QA Lead"), NOTES, "'QA Lead' is nobody's name"),
    changed("an action without a date", drop("actions", 1, "due"), NOTES | PASSED_ON, "actions[1].due: missing"),
    changed("an action for some time", put("actions", 1, "due", to="soon"), NOTES | PASSED_ON, "expected a day, like"),
    changed("an action of last week", put("actions", 1, "due", to=day(-150)), NOTES, "is before the meeting"),
    changed("an action of one word", put("actions", 1, "what", to="docs"), NOTES, "actions[1].what", "is too short"),
    changed("one id for two actions", both(put("actions", 1, "id", to="A1"), drop("follow_ups", 1)), NOTES,
            "A1 is the id of another action, too"),
    changed("no actions", put("actions", to=[]), NOTES | PASSED_ON, "actions: is empty"),
)  # fmt: skip

SENT: Sequence[Fault] = (
    changed("not sent to one of the team", lambda data: data["messages"][0]["to"].remove("dana@example.com"), PASSED_ON,
            "the DevOps was not sent the notes"),
    changed("sent before the meeting", put("messages", 0, "sent", to=at(20)), PASSED_ON, "is before the meeting ended"),
    changed("still to be sent", put("messages", 0, "sent", to=now(3)), PASSED_ON, "lies in the future"),
    changed("about something else", worded("messages", 0, "subject", old="Retrospective", new="Party"), PASSED_ON,
            "no word of the retrospective"),
    changed("no message", put("messages", to=[]), PASSED_ON, "messages: is empty"),
    changed("a wiki somewhere", put("wiki", "place", to="wiki"), PASSED_ON, "wiki.place", "is too short"),
    changed("a wiki without a place", drop("wiki", "place"), PASSED_ON, "wiki: expected the page of the wiki"),
    changed("a wiki updated before", put("wiki", "updated", to=at(3)), PASSED_ON, "is before the meeting"),
    changed("a wiki updated tomorrow", put("wiki", "updated", to=now(20)), PASSED_ON, "is still to come"),
    fault("a wiki without the page", page(answer(404, "gone"), *WIKI, without="place"), PASSED_ON, "answered 404"),
    fault("a page of another version", page(answer(200, "Retrospective of 1.0.0"), *WIKI, without="place"), PASSED_ON,
          "/page: no word of the retrospective of 2.0.0"),
    changed("an action without a follow-up", drop("follow_ups", 1), PASSED_ON, "action A2 has no date"),
    changed("a follow-up of no action", add("follow_ups", action="A7"), PASSED_ON, "A7 is no action; expected A1, A2"),
    changed("a follow-up in the past", put("follow_ups", 0, "day", to=day(-100)), PASSED_ON, "is before the meeting"),
    changed("no follow-ups", put("follow_ups", to=[]), PASSED_ON, "follow_ups: is empty"),
)  # fmt: skip

FAULTS: Sequence[Fault] = (*HELD, *POINTS, *WRITTEN, *SENT, *FAULTS_OF.wholes(WHOLE, "participants"))
