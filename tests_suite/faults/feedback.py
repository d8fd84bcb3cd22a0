"""Faults of the user communication: channels (3.3.1), issues (3.3.2), support (3.3.3), praise and wishes (3.3.4)."""

from __future__ import annotations

from collections.abc import Sequence

from tests_suite.faults.announced import Faults, add, at, both, drop, now
from tests_suite.faults.records import put
from tests_suite.faults.world import Fault

CHANNELS, ISSUES, SUPPORT, PRAISE = ({f"3.3.{number}": "failed"} for number in range(1, 5))
WHOLE = CHANNELS | ISSUES | SUPPORT | PRAISE
REPORTS = CHANNELS | ISSUES
DEGRADED = "degraded"
FAULTS_OF = Faults("feedback")
changed = FAULTS_OF.changed

HEARD: Sequence[Fault] = (
    changed("a channel left out", drop("channels", 1), CHANNELS, "team chat: not checked from T+2h to T+24h"),
    changed("checked too early", put("channels", 2, "checked", to=[at(1)]), CHANNELS, "email: not checked from T+2h"),
    changed("checked too late", put("channels", 0, "checked", to=[at(25)]), CHANNELS, "support tickets: not checked"),
    changed("checked in the future", put("channels", 0, "checked", 1, to=now(3)), CHANNELS, "is still to come"),
    changed("checked by nobody", put("channels", 0, "by", to="TBD"), CHANNELS,
            "channels[0].by: 'TBD' is nobody's name"),
    changed("never checked", put("channels", 0, "checked", to=[]), CHANNELS, "channels[0].checked: is empty"),
    changed("a channel that the plan does not have", put("channels", 0, "channel", to="pigeons"), CHANNELS,
            "channels[0].channel: unknown"),
    changed("a report unanswered", drop("reports", 1, "first_response"), CHANNELS, "reports[1]: team chat",
            "nobody has answered it"),
    changed("a report of two minutes ago, and of the day after", both(put("reports", 1, "received", to=now(-0.03)),
            drop("reports", 1, "first_response")), {"3.3.1": DEGRADED}, "not answered yet"),
    changed("answered after hours", put("reports", 1, "first_response", to=at(8.5)), {"3.3.1": DEGRADED},
            "first response: 2.5 h, the limit is < 1 h"),
    changed("answered after an hour", put("reports", 1, "first_response", to=at(7)), {"3.3.1": DEGRADED},
            "first response: 1 h"),
    changed("answered before it came in", put("reports", 0, "first_response", to=at(4)), CHANNELS,
            "is before it came in"),
    changed("answered tomorrow", put("reports", 0, "first_response", to=now(20)), CHANNELS, "is still to come"),
    changed("answered by nobody", drop("reports", 0, "by"), CHANNELS, "answered by 'nobody'; expected the name"),
    changed("answered by a role", put("reports", 0, "by", to="QA Lead"), CHANNELS, "answered by 'QA Lead'"),
    changed("came in before the deployment", put("reports", 0, "received", to=at(-3)), CHANNELS, "is before T-0"),
    changed("a report that says nothing", put("reports", 2, "summary", to="..."), CHANNELS, "reports[2].summary"),
    changed("no reports and no word of it", both(drop("reports"), put("issues", to=[])), REPORTS,
            "no report is on record; expected all of them, or the statement no_reports"),
    changed("an empty list of reports", both(put("reports", to=[]), put("issues", to=[])), REPORTS, "no report is on"),
    changed("reports, and the statement of none", put("no_reports", to={"by": "Ada Example", "at": at(24)}), REPORTS,
            "states that there is none, and there are 3"),
    changed("none, stated by nobody", both(drop("reports"), put("issues", to=[]),
            put("no_reports", to={"by": "nobody", "at": at(24)})), REPORTS, "no_reports.by: 'nobody' is nobody's name"),
    changed("none, stated beforehand", both(drop("reports"), put("issues", to=[]),
            put("no_reports", to={"by": "Ada Example", "at": at(1)})), REPORTS, "no_reports.at", "is before T+2h"),
    changed("a time without a zone", put("reports", 0, "received", to="2026-01-06T10:00:00"), REPORTS,
            "reports[0].received: found"),
)  # fmt: skip

WRITTEN: Sequence[Fault] = (
    changed("a problem without an issue", drop("reports", 0, "issue"), ISSUES, "a problem without an issue: Step 10"),
    changed("an issue that is not there", put("reports", 0, "issue", to="KI-9"), ISSUES,
            "issue KI-9 is not among the issues; expected KI-5"),
    changed("no issues", put("issues", to=[]), ISSUES, "issue KI-5 is not among the issues"),
    *(changed(f"an issue without its {key}", drop("issues", 0, key), ISSUES, f"issues[0].{key}: missing")
      for key in ("description", "reproduction", "workaround", "priority", "assigned")),
    changed("an issue without steps", put("issues", 0, "reproduction", to=[]), ISSUES, "reproduction: is empty"),
    changed("steps to be found", put("issues", 0, "reproduction", to=["TBD"]), ISSUES, "TBD says nothing"),
    changed("one step twice", lambda data: data["issues"][0]["reproduction"].append(
            data["issues"][0]["reproduction"][0]), ISSUES, "says the same as an entry before"),
    changed("a workaround that is none", put("issues", 0, "workaround", to="none"), ISSUES,
            "issues[0].workaround: none says nothing"),
    changed("a description of one word", put("issues", 0, "description", to="broken"), ISSUES, "is too short"),
    changed("a priority of its own", put("issues", 0, "priority", to="very"), ISSUES, "issues[0].priority: unknown"),
    changed("assigned to the team", put("issues", 0, "assigned", to="the team"), ISSUES, "'the team' is nobody's name"),
    changed("assigned to a role", put("issues", 0, "assigned", to="QA Lead"), ISSUES, "'QA Lead' is nobody's name"),
    changed("one id twice", add("issues"), ISSUES, "KI-5 is the id of another issue, too"),
    changed("an issue of no report", add("issues", id="KI-6"), {"3.3.2": DEGRADED}, "no report names issue KI-6"),
)  # fmt: skip

HELPED: Sequence[Fault] = (
    *(changed(f"no help with {kind}", drop("support", number), SUPPORT, f"no help with {kind}")
      for number, kind in enumerate(("getting started", "troubleshooting", "best practices"))),
    changed("help for nobody", put("support", 0, "who", to="n/a"), SUPPORT, "support[0].who: 'n/a' is nobody's name"),
    changed("help by a role", put("support", 1, "by", to="Tech Lead"), SUPPORT,
            "support[1].by: 'Tech Lead' is nobody's"),
    changed("help that says nothing", put("support", 1, "what", to="done"), SUPPORT, "support[1].what", "is too short"),
    changed("help before the deployment", put("support", 2, "at", to=at(-5)), SUPPORT, "is before T-0"),
    changed("help next week", put("support", 2, "at", to=now(150)), SUPPORT, "is still to come"),
    changed("help without a time", drop("support", 0, "at"), SUPPORT, "support[0].at: missing"),
    changed("nobody helped", put("support", to=[]), SUPPORT, "support: is empty"),
    *(changed(f"nothing under {heading}", put("positive", heading, to=[]), PRAISE, f"positive.{heading}: is empty")
      for heading in ("working_well", "improvements", "suggestions")),
    changed("a heading left out", drop("positive", "suggestions"), PRAISE, "positive.suggestions: missing"),
    changed("praise that says nothing", put("positive", "working_well", to=["all", "N/A"]), PRAISE, "is too short",
            "N/A says nothing"),
    changed("praise not filled in", put("positive", "improvements", 0, to="[fill in]"), PRAISE, "is not filled in"),
    changed("one answer under two headings", lambda data: data["positive"].update(
            suggestions=list(data["positive"]["improvements"])), PRAISE, "stands under improvements, too"),
)  # fmt: skip

FAULTS: Sequence[Fault] = (*HEARD, *WRITTEN, *HELPED, *FAULTS_OF.wholes(WHOLE, "channels"))
