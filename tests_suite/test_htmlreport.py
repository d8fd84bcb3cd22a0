"""report.html: every row has its item, owner and measurements, columns sort by them, and one item can be chosen."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from gate import checklist
from tests_suite import miniature
from tests_suite.miniature import Miniature, measuring

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
CHOOSE = """\
<script>
addEventListener("load", () => {
  const rows = () => [...document.querySelectorAll("#results-table tbody")]
  const shown = () => rows().filter((row) => getComputedStyle(row).display !== "none")
  const text = (row, column) => row.querySelector(`.col-${column}`).textContent
  const told = { all: shown().length }
  const choice = document.getElementById("item-filter")
  choice.value = "2.1.3"
  choice.dispatchEvent(new Event("change"))
  told.chosen = shown().map((row) => text(row, "item"))
  for (const column of ["item", "owner", "measured"]) {
    document.querySelector(`.sortable[data-column-type="${column}"]`).click()
    told[column] = rows().map((row) => text(row, column))
  }
  told.after = shown().map((row) => text(row, "item"))
  choice.value = ""
  choice.dispatchEvent(new Event("change"))
  told.again = shown().length
  document.body.dataset.told = JSON.stringify(told)
})
</script>
"""


@pytest.fixture
def project(tmp_path: Path) -> Miniature:
    """A miniature two of whose tests measure, one of them too much."""
    made = miniature.make(tmp_path)
    twice = 'measure("response time", 50.0, of="a")\n    measure("response time", 9000.0, of="b")'
    slow = f'@verifies("2.1.2")\ndef test_2_1_2(measure: Measure):\n    {twice}\n'
    made.smoke({"2.1.2": slow, "2.1.1": measuring("2.1.1", "files valid", 55)})
    return made


def _rows(page: str) -> list[dict[str, Any]]:
    blob = re.search(r'data-jsonblob="([^"]*)"', page)
    assert blob, page
    return [row for rows in json.loads(html.unescape(blob[1]))["tests"].values() for row in rows]


def test_row_has_item_owner_and_what_was_measured(project: Miniature) -> None:
    page = project.run("-m", "smoke").files()["smoke/report.html"]

    rows = {row["item"]: row for row in _rows(page)}
    items = checklist.load().items
    assert {name: row["owner"] for name, row in rows.items()} == {name: items[name].owner for name in miniature.ITEMS}
    assert "9000 ms (limit" in rows["2.1.2"]["measured"]
    assert "55/55 files" in rows["2.1.1"]["measured"]
    assert rows["2.1.3"]["measured"] == ""
    assert rows["2.1.2"]["measured"] > rows["2.1.1"]["measured"], "sorted by how much of the limit is used up"
    for column in ("item", "owner", "measured"):
        assert f'<th class="sortable" data-column-type="{column}">' in page
    for name in miniature.ITEMS:
        assert f'<option value="{name}">{name} ' in page


def test_page_loads_nothing_from_elsewhere(project: Miniature) -> None:
    page = project.run("-m", "smoke").files()["smoke/report.html"]

    assert not re.findall(r"""<(?:script|link|img)[^>]+(?:src|href)=["'](?!"|')[^"']+""", page)


def _browser() -> str:
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    assert found, f"expected one of {', '.join(BROWSERS)} on PATH"
    return found


def test_page_of_many_tests_lists_what_did_not_pass(tmp_path: Path) -> None:
    project = miniature.make(tmp_path)
    many = '@pytest.mark.parametrize("number", range(600))\n@verifies("2.1.3")\ndef test_2_1_3(number):\n'
    project.smoke({"2.1.3": f"{many}    assert number != 7\n"})

    page = project.run("-m", "smoke", "-q").files()["smoke/report.html"]

    assert "604 tests passed. To open quickly, this page lists them once" in page
    assert 'url.searchParams.set("visible", "failed,error,xfailed,xpassed,skipped,rerun")' in page
    assert len(_rows(page)) == 605


@pytest.mark.browser
def test_item_is_chosen_and_columns_sort_in_a_browser(project: Miniature, tmp_path: Path) -> None:
    result = project.run("-m", "smoke")
    page = tmp_path / "page.html"
    source = result.files()["smoke/report.html"]
    page.write_text(source.replace("</body>", f"{CHOOSE}</body>"), encoding="utf-8")

    options = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom"]
    drawn = subprocess.run(
        [_browser(), *options, page.as_uri()], capture_output=True, text=True, timeout=120, check=True
    ).stdout

    said = re.search(r'data-told="([^"]*)"', drawn)
    assert said, drawn[-2000:]
    told = json.loads(html.unescape(said[1]))
    assert told["all"] == told["again"] == len(miniature.ITEMS)
    assert told["chosen"] == told["after"] == ["2.1.3"]
    assert told["item"] == sorted(told["item"])
    assert told["owner"] == sorted(told["owner"])
    assert "9000 ms" in told["measured"][-1]


def test_name_of_a_test_adds_no_element(tmp_path: Path) -> None:
    """A parameter may come from a target; pytest-html puts a test's name into its page as it is."""
    project = miniature.make(tmp_path)
    hostile = '<img src=x onerror="alert(1)">'
    marks = f'@pytest.mark.parametrize("x", [{hostile!r}])\n@verifies("2.1.3")\n'
    project.smoke({"2.1.3": f"{marks}def test_2_1_3(x):\n    assert x == 1, x\n"})

    page = project.run("-m", "smoke").files()["smoke/report.html"]

    [row] = [each for each in _rows(page) if each["item"] == "2.1.3"]
    drawn = "".join([*row["resultsTableRow"], row["log"]])
    assert drawn.count("onerror") >= 2, "name and message are to be seen"
    assert "<img" not in drawn
    assert hostile not in page
