"""Faults of the announcement: users (2.5.1), status page (2.5.2), team channel (2.5.3), documentation (2.5.4)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from fixtures import reference
from tests_suite.faults.announced import Faults, at, both, drop, now, worded
from tests_suite.faults.records import Change, put
from tests_suite.faults.sick_server import answer, floods, resets, stalls
from tests_suite.faults.world import Fault, World, edit

USERS, STATUS, TEAM, SITES = ({f"2.5.{number}": "failed"} for number in range(1, 5))
WHOLE = USERS | STATUS | TEAM | SITES
FAULTS_OF = Faults("announcement")
changed, fault, target, page = FAULTS_OF.changed, FAULTS_OF.of, FAULTS_OF.target, FAULTS_OF.page
FIRST, SECOND, THIRD = reference.USERS
NOTES, GUIDE = "VERSION_NOTES.md", "OPERATIONS_GUIDE.md"
CONTACT = "Olga Example, +12025550105, olga@example.com"
LIVE = "has been deployed to production"
TEXT = ("messages", 0, "text")
STATUS_PAGE = ("status_page", "url")
SITE = ("documentation", 1, "url")


def _says(new: str, old: str = LIVE) -> Change:
    return worded(*TEXT, old=old, new=new)


def _notes(old: str, new: str) -> Callable[[World], None]:
    return lambda world: edit(world.workflow / "DEPLOYMENT" / NOTES, old, new)


def _without(name: str) -> Callable[[World], None]:
    return lambda world: (world.workflow / "DEPLOYMENT" / name).unlink()


def _emptied(name: str) -> Callable[[World], None]:
    def breaks(world: World) -> None:
        (world.workflow / "DEPLOYMENT" / name).write_text("\n", encoding="utf-8")

    return breaks


def _guide_link(world: World) -> None:
    page(answer(404, "gone"), *TEXT)(world)
    link = "Olga Example, +12025550105. "
    FAULTS_OF.changing(
        lambda data: data["messages"][0].update(
            text=f"2.0.0 is live, with story handoff to BMAD. {link}{data['messages'][0]['text']}&/operations-guide"
        )
    )(world)


MESSAGE: Sequence[Fault] = (
    changed("one group left out", lambda data: data["messages"][0]["to"].remove(SECOND), USERS,
            f"{SECOND} was not told"),
    target("a group that is new", lambda data: data["users"].append("late@example.com"), USERS, "late@example.com was"),
    changed("sent to nobody who uses it", put("messages", 0, "to", to=["x@example.com"]), USERS, FIRST, SECOND, THIRD),
    changed("sent to nobody", put("messages", 0, "to", to=[]), USERS, "messages[0].to: is empty"),
    changed("sent before the deployment", put("messages", 0, "sent", to=at(-1)), USERS, "is before"),
    changed("still to be sent", put("messages", 0, "sent", to=now(2)), USERS, "lies in the future"),
    changed("of the version before", both(worded("messages", 0, "subject", old="2.0.0", new="1.0.0"),
            _says("1.0.0", "2.0.0")), USERS, "neither subject nor text names version 2.0.0"),
    changed("only planned", both(put("messages", 0, "subject", to="2.0.0"), _says("will be deployed to production")),
            USERS, "cannot know that the version is in production: no sentence says that 2.0.0 is live"),
    changed("denied", _says("has not been deployed to production"), USERS, "no sentence says"),
    changed("going on", _says("is being deployed to production"), USERS, "no sentence says"),
    changed("taken back", _says("has been deployed to production and was rolled back"), USERS, "no sentence says"),
    changed("of no features", lambda data: data["messages"][0].update(
            text=f"{data['messages'][0]['text'].partition('New features')[0]} See OPERATIONS_GUIDE.md. {CONTACT}"),
            USERS, "cannot know what is new: names none of the 8 features"),
    changed("of features in general", lambda data: data["messages"][0].update(
            text=f"2.0.0 is live, with new features in every step. See OPERATIONS_GUIDE.md. Support: {CONTACT}"),
            USERS, "cannot know what is new"),
    fault("notes without features", _notes("## New features", "## Remarks"), USERS, "lists no new features of 2.0.0"),
    fault("notes of another version", _notes("## Version 2.0.0", "## Version 3.0.0\n\n## Version 2.0.0\n\nNothing.\n\n"
          "## Version 1.9.0"), USERS, "lists no new features of 2.0.0"),
    fault("notes missing", _without(NOTES), USERS, "VERSION_NOTES.md", "cannot be read"),
    changed("no word of the guide", _says("see the wiki", "see DEPLOYMENT/OPERATIONS_GUIDE.md"), USERS,
            "cannot know where to get started: no word of OPERATIONS_GUIDE"),
    fault("guide missing", _without(GUIDE), USERS, "DEPLOYMENT/OPERATIONS_GUIDE.md", "the announcement names it"),
    fault("guide empty", _emptied(GUIDE), USERS, "is empty; expected", "the announcement names it"),
    fault("link to the guide that is dead", _guide_link, USERS, "links to the guide:", "answered 404"),
    changed("support without a name", _says(CONTACT.partition(", ")[2], CONTACT), USERS, "cannot know whom to ask"),
    changed("support without a number", _says("Olga Example", CONTACT), USERS,
            "no Olga Example with telephone number or e-mail address"),
    changed("support of another one's number", _says("Olga Example, +12025550106", CONTACT), USERS, "whom to ask"),
    target("nobody on call", lambda data: data["contacts"].pop(4), USERS, "contacts: no On-Call Engineer with a name"),
    target("no users", drop("users"), USERS, "the target provides no users"),
    target("no contacts", drop("contacts"), USERS | TEAM, "the target provides no contacts"),
    changed("sent by somebody else", put("messages", 0, "by", "role", to="DevOps"), {"2.5.1": "degraded"},
            "sent by DevOps; the plan has the Product Manager send it"),
    changed("sent before anything was verified", put("messages", 0, "sent", to=at(0.005)), {"2.5.1": "degraded"},
            "is 0 min after T-0; the plan announces at T+60 min, when the deployment has been verified"),
    changed("sent hours late", put("messages", 0, "sent", to=at(5)), {"2.5.1": "degraded"}, "is 5.0 h after T-0"),
    changed("neither text nor file", drop(*TEXT), USERS, "messages[0]: expected either the text"),
    changed("not filled in", put(*TEXT, to="[fill in: text]"), USERS, "messages[0].text: is not filled in"),
    changed("no messages", drop("messages"), USERS, "messages: missing"),
)  # fmt: skip

PUBLISHED: Sequence[Fault] = (
    changed("status of the version before", worded("status_page", "text", old="2.0.0", new="1.0.0"), STATUS,
            "status_page.text: does not say that 2.0.0 is in production"),
    changed("status of a plan", put("status_page", "text", to="v2.0.0 will be in production tonight"), STATUS,
            "does not say that 2.0.0"),
    changed("status of the window that was announced", put("status_page", "text",
            to="Scheduled maintenance: deployment of v2.0.0 to production, January 6, 09:00 to 10:00"), STATUS,
            "does not say that 2.0.0"),
    changed("status of a rollback", put("status_page", "text",
            to="The deployment of v2.0.0 to production failed and was rolled back"), STATUS, "does not say that 2.0.0"),
    changed("status before the deployment", put("status_page", "at", to=at(-2)), STATUS, "is before T-0"),
    changed("status before anything was verified", put("status_page", "at", to=at(0.1)), {"2.5.2": "degraded"},
            "status_page.at: ", "is 6 min after T-0"),
    changed("status still to come", put("status_page", "at", to=now(2)), STATUS, "is still to come"),
    changed("status without a text", drop("status_page", "text"), STATUS,
            "status_page: expected the url of the status page"),
    changed("status at no address", both(drop("status_page", "text"), put(*STATUS_PAGE, to="the usual page")), STATUS,
            "status_page.url: found a text that will not do, expected a link"),
    changed("no status page", drop("status_page"), STATUS, "status_page: missing"),
    fault("status page not found", page(answer(404, "gone"), *STATUS_PAGE), STATUS, "/page: answered 404"),
    fault("status page of the version before", page(answer(200, "<html><p>v1.0.0 now in production</p>"), *STATUS_PAGE),
          STATUS, "/page: does not say that 2.0.0 is in production"),
    fault("status only in a program", page(answer(200, "<html><script>'2.0.0 is live'</script><p>Hi</p>", "text/html"),
          *STATUS_PAGE), STATUS, "does not say that 2.0.0"),
    fault("status page in circles", page(answer(302, "", location="/page"), *STATUS_PAGE), STATUS, "expected a page"),
    fault("status page broken off", page(resets(), *STATUS_PAGE), STATUS, "broke off"),
    fault("status page without an end",
          page(floods(b"HTTP/1.1 200 OK\r\n\r\n", b"2.0.0 is live. " * 5000), *STATUS_PAGE), STATUS,
          "/page: the answer"),
    changed("post of another version", worded("team_post", "text", old="2.0.0", new="1.0.0"), TEAM,
            "team_post.text: does not name version 2.0.0"),
    changed("post without success", worded("team_post", "text", old="was successful", new="took place"), TEAM,
            "does not say that the deployment was successful"),
    changed("post of a failure", worded("team_post", "text", old="was successful", new="was not successful"), TEAM,
            "does not say that the deployment was successful"),
    changed("post of a deployment that goes on", worded("team_post", "text", old="was successful",
            new="is 60 % complete"), TEAM, "does not say that the deployment was successful"),
    changed("post without people", worded("team_post", "text", old="Example", new="somebody"), TEAM,
            "names nobody who is on duty; expected people such as Ada Example"),
    changed("post without availability", both(
            worded("team_post", "text", old="On duty until tomorrow", new="Greetings from"),
            worded("team_post", "text", old="(On-Call Engineer)", new="(Support)")),
            TEAM, "does not say that the team is available"),
    changed("post before the deployment", put("team_post", "sent", to=at(-0.5)), TEAM, "is before T-0"),
    changed("post hours late", put("team_post", "sent", to=at(4)), {"2.5.3": "degraded"}, "is 4.0 h after T-0"),
    changed("post by nobody", put("team_post", "by", "name", to="TBD"), TEAM, "team_post.by.name: 'TBD' is nobody's"),
    changed("no channel", drop("team_post", "channel"), TEAM, "team_post.channel: missing"),
    changed("a site left out", drop("documentation", 1), SITES, "nothing about API reference"),
    changed("a site without a reason", put("documentation", 0, "not_applicable", to="n/a"), SITES, "n/a says nothing"),
    changed("a site with a short reason", put("documentation", 2, "not_applicable", to="no need"), SITES,
            "is too short"),
    changed("a site that the plan does not have", put("documentation", 0, "site", to="wiki"), SITES,
            "documentation[0].site: unknown; expected one of product docs"),
    changed("both url and reason", put("documentation", 0, "url", to="https://example.com"), SITES,
            "expected either the url of the site"),
    fault("site of the version before",
          page(answer(200, "API reference, 1.0.0"), *SITE, without="not_applicable"), SITES,
          "/page: does not show version 2.0.0; expected the API reference of this version"),
    fault("site that is gone", page(answer(410, "gone"), *SITE, without="not_applicable"), SITES, "answered 410"),
    fault("site that is empty", page(answer(200, " "), *SITE, without="not_applicable"), SITES, "without a text"),
)  # fmt: skip

SLOW = fault(
    "status page that never ends", page(stalls(b"HTTP/1.1 200 OK\r\n\r\n"), *STATUS_PAGE), STATUS, "did not end"
)

FAULTS: Sequence[Fault] = (*MESSAGE, *PUBLISHED, *FAULTS_OF.wholes(WHOLE, "documentation"))
