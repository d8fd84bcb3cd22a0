"""The pages that people sign and look at: without what mail clients drop, without eyes, in every colour scheme."""

from __future__ import annotations

import dataclasses
import itertools
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

import pytest

from gate import report, suite, timeline
from gate.verdict import Finding, KnownResult, Outcome, Verdict
from tests_suite import kept, samples
from tests_suite.samples import CHECKLIST, measurement

HERE = Path(report.__file__).parent
TEMPLATES = ("signoff.html.j2", "timeline.html.j2")
LEAST_CONTRAST = 4.5  # of a text and what is behind it: WCAG 2.2, 1.4.3, level AA
LEAST_OF_A_DRAWING = 3.0  # 1.4.11
VOID = ("meta", "br", "img")
OUTCOMES = (
    Outcome.FAILED,
    Outcome.DEGRADED,
    Outcome.WAIVED,
    Outcome.MISSING,
    Outcome.PASSED,
    Outcome.PASSED,
)


def _signoff(folder: Path) -> str:
    """A sign-off page with everything on it that one can have."""
    result = samples.gate_result("smoke", Verdict.FAIL)
    slow = measurement(131.0, holds=False, samples=(120.0, 131.0, 140.0))
    findings = {
        Outcome.DEGRADED: (Finding("slow", False, "a.md", 2),),
        Outcome.PASSED: (),
    }
    items = tuple(
        dataclasses.replace(
            item,
            outcome=outcome,
            findings=findings.get(outcome, (samples.BLOCKING,)),
            measurements=(slow,) if outcome is Outcome.DEGRADED else (),
        )
        for item, outcome in zip(result.items, OUTCOMES, strict=True)
    )
    issue = samples.issue(item=items[2].item.id)
    known = (KnownResult(issue, True), KnownResult(issue, False, ("it expired",)))
    result = dataclasses.replace(result, items=items, notes=("interrupted before the end",), known=known)
    override = {"item": "2.1.2", "limit": "response time", "value": 5, "reason": "far away"}
    contact = {"role": "Tech Lead", "name": "Ada Example", "phone": "+12025550101"}
    run = samples.run(overrides=[override], contacts=[contact], embedded=["workflow"])
    report.write(folder, run, result, 1, {"subjects": kept.SUBJECTS, "suite": suite.facts(None)})
    return (folder / "signoff.html").read_text(encoding="utf-8")


@pytest.fixture(params=["signoff", "timeline"])
def page(request: pytest.FixtureRequest, tmp_path: Path) -> Tree:
    """Each of the pages."""
    if request.param == "signoff":
        return tree(_signoff(tmp_path))
    for marker, verdict in (("smoke", Verdict.FAIL), ("mcp", Verdict.DEGRADE), ("predeploy", Verdict.PASS)):
        kept.write(tmp_path / marker, marker, verdict)
    return tree(timeline.render(tmp_path, CHECKLIST))


@dataclass
class Node:
    """An element: its name, attributes, and what is in it."""

    name: str
    attributes: dict[str, str]
    children: list[Node | str] = field(default_factory=list)

    def all(self, *names: str) -> list[Node]:
        """The elements of these names in it, in their order."""
        found: list[Node] = []
        for child in self.children:
            if isinstance(child, Node):
                found += [child] if child.name in names else []
                found += child.all(*names)
        return found

    @property
    def text(self) -> str:
        """The words in it."""
        parts = [child if isinstance(child, str) else child.text for child in self.children]
        return " ".join(" ".join(parts).split())


class Tree(HTMLParser):
    """A page as a tree of elements."""

    def __init__(self) -> None:
        super().__init__()
        self.root = Node("", {})
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open an element."""
        node = Node(tag, {name: value or "" for name, value in attrs})
        self._open[-1].children.append(node)
        if tag not in VOID:
            self._open.append(node)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take an element that is empty."""
        self._open[-1].children.append(Node(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        """Close it."""
        assert self._open[-1].name == tag, f"</{tag}> closes <{self._open[-1].name}>"
        self._open.pop()

    def handle_data(self, data: str) -> None:
        """Take a text."""
        if self._open[-1].name not in ("style", "script"):
            self._open[-1].children.append(data)


def tree(source: str) -> Tree:
    """A page, read."""
    found = Tree()
    found.feed(source)
    found.close()
    return found


def test_mail_client_shows_everything_in_its_order(tmp_path: Path) -> None:
    """They drop style sheets, drawings, classes and ids, some of them all of it."""
    bare = re.sub(r"(?s)<style>.*?</style>|<svg.*?</svg>| (?:class|id|style)=\"[^\"]*\"", "", _signoff(tmp_path))

    said = tree(bare).root.text

    told = [
        "this run proves nothing about production",
        "FAIL 6 items: 2 passed, 1 degraded, 1 failed, 1 waived, 1 missing",
        "interrupted before the end",
        "Stop : any failed smoke test stops the deployment",
        "escalate to the tech lead",
        "Decides Tech Lead within 15 minutes",
        "Ada Example, +12025550101",
        samples.WORKFLOW,
        "2.1.1 failed",
        "it is broken",
        "2.1.2 degraded",
        "a.md:2: slow",
        "131 ms (limit < 100 ms)",
        "2.1.3 waived",
        "2.1.4 missing",
        "2.1.5 passed",
        "3 samples, 120 to 140 ms, against the limit of 100 ms",
        "2.1.3 yes",
        "workaround: their team lead calls them",
        "2.1.3 no",
        "it expired",
        "far away",
        "Not verified 2.1.4",
        "Sign-off Role Name Date Signature Tech Lead",
    ]
    place = 0
    for text in told:
        assert text in said[place:], f"{text!r} is not behind {said[:place][-80:]!r}"
        place = said.index(text, place)


def test_headings_go_down_one_level_at_a_time(page: Tree) -> None:
    levels = [int(node.name[1]) for node in page.root.all("h1", "h2", "h3", "h4", "h5", "h6")]

    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(later <= earlier + 1 for earlier, later in itertools.pairwise(levels))


def test_page_names_its_language_its_title_and_its_parts(page: Tree) -> None:
    [root] = page.root.all("html")
    [title] = page.root.all("head")[0].all("title")
    [body] = page.root.all("body")

    assert root.attributes["lang"] == "en"
    assert title.text
    assert {child.name for child in body.children if isinstance(child, Node)} == {"main", "footer"}


def test_every_table_says_what_its_cells_are(page: Tree) -> None:
    tables = page.root.all("table")
    assert tables

    for table in tables:
        heads = table.all("th")
        assert heads
        assert all(each.attributes.get("scope") in ("row", "col") for each in heads)
        assert all(each.text for each in heads)
        columns = [each for each in heads if each.attributes["scope"] == "col"]
        rows = [[each for each in row.children if isinstance(each, Node)] for row in table.all("tr")]
        assert all(len(row) == len(columns) for row in rows)
        assert all(any(each.name == "th" for each in row) for row in rows)


def test_every_table_follows_a_heading_or_has_a_caption(page: Tree) -> None:
    order = page.root.all("h1", "h2", "h3", "table")

    for before, node in itertools.pairwise(order):
        if node.name == "table":
            assert node.all("caption") or before.name != "table", node.text


def test_colour_is_never_alone(page: Tree) -> None:
    """What is coloured says in words what the colour means."""
    meanings = {*(str(each) for each in Outcome), *(str(each) for each in Verdict)}
    coloured = [node for node in page.root.all("td", "div", "li", "span", "a", "strong") if meanings & _classes(node)]
    assert coloured

    assert all(node.text for node in coloured)
    cells = [node for node in coloured if "outcome" in _classes(node)]
    assert {node.text for node in cells} <= {*meanings, "yes", "no"}


def _classes(node: Node) -> set[str]:
    return set(node.attributes.get("class", "").split())


def test_drawings_and_links_have_words(page: Tree) -> None:
    for node in page.root.all("svg", "img", "a"):
        match node.name:
            case "svg":
                assert node.attributes["role"] == "img"
                assert node.attributes["aria-label"]
            case "img":
                assert node.attributes["alt"]
            case "a":
                assert node.text


# Which colour stands on which.
PAIRS = {
    "signoff.html.j2": [
        ("ink", "page"),
        ("soft", "page"),
        ("ink", "panel"),
        *((colour, ground) for colour in ("green", "amber", "red") for ground in ("page", "panel")),
        ("amber", "amber-soft"),
    ],
    "timeline.html.j2": [
        ("ink", "page"),
        ("soft", "page"),
        ("link", "page"),
        ("green", "page"),
        ("amber", "page"),
        ("red", "page"),
        ("amber", "amber-soft"),
    ],
}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("template", TEMPLATES)
def test_every_text_stands_out_from_what_is_behind_it(template: str, scheme: str) -> None:
    colours = _colours(template)[scheme]

    ratios = {pair: _contrast(*(colours[each] for each in pair)) for pair in PAIRS[template]}

    assert min(ratios.values()) >= LEAST_CONTRAST, ratios
    if "bar" in colours:
        assert _contrast(colours["bar"], colours["page"]) >= LEAST_OF_A_DRAWING


@pytest.mark.parametrize("template", TEMPLATES)
def test_every_colour_is_one_of_the_two_schemes(template: str) -> None:
    """A colour that a rule names itself would be the same in the dark; a text colour that nobody measured, too."""
    source = (HERE / template).read_text(encoding="utf-8")
    schemes = _colours(template)

    assert set(schemes["light"]) == set(schemes["dark"])
    rules = re.sub(r":root \{[^}]*\}", "", source[source.index("<style>") : source.index("</style>")])
    assert not re.findall(r"#[0-9a-f]{3,8}\b|rgba?\(|hsla?\(|opacity", rules)
    texts = set(re.findall(r"(?<![-\w])(?:color|fill): var\(--([\w-]+)\)", rules))
    assert texts <= {name for name, _ in PAIRS[template]} | {"bar"}
    grounds = set(re.findall(r"background(?:-color)?: var\(--([\w-]+)\)", rules))
    assert grounds <= {name for _, name in PAIRS[template]}


def _colours(template: str) -> dict[str, dict[str, str]]:
    source = (HERE / template).read_text(encoding="utf-8")
    blocks = re.findall(r":root \{([^}]*)\}", source)
    assert len(blocks) == 2
    found = [dict(re.findall(r"--([\w-]+): (#[0-9a-f]{3,6})", block)) for block in blocks]
    return dict(zip(("light", "dark"), found, strict=True))


def _contrast(one: str, other: str) -> float:
    """By WCAG 2.2: from 1 for the same colour to 21 for black on white."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(2 * each for each in colour[1:])
    parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_contrast_is_that_of_the_standard() -> None:
    assert _contrast("#000", "#ffffff") == pytest.approx(21)
    assert _contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
