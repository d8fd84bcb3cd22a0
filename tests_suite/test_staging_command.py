"""The command line of deployment, rollback and rehearsal: what each takes, and what it does with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from fixtures.staging import cli
from fixtures.staging.site import Site

SITE = ("--repository", "repo", "--live", "live", "--backups", "backups", "--releases", "releases")
PERSON = ("--name", "Dana Example", "--role", "DevOps")
COMMANDS = {"deploy": ("--package", "p.tar.gz"), "rollback": ()}


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("environment", ["production", "staging"])
def test_environment_is_one_of_the_plans(command: str, environment: str) -> None:
    given = [command, *SITE, *PERSON, *COMMANDS[command]]

    assert cli._parser().parse_args([*given, "--environment", environment]).environment == environment
    assert cli._parser().parse_args(given).environment == "production"


@pytest.mark.parametrize("command", COMMANDS)
def test_environment_that_the_plan_does_not_have_is_refused(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    given = [command, *SITE, *PERSON, *COMMANDS[command], "--environment", "Staging"]

    with pytest.raises(SystemExit) as left:
        cli._parser().parse_args(given)

    assert left.value.code == cli.WRONG_USE
    assert "invalid choice: 'Staging'" in capsys.readouterr().err


@pytest.mark.parametrize("place", range(0, len(SITE), 2), ids=SITE[::2])
def test_every_folder_of_the_site_has_to_be_named(place: int, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        cli._parser().parse_args(["status", *SITE[:place], *SITE[place + 2 :]])

    assert left.value.code == cli.WRONG_USE
    assert f"the following arguments are required: {SITE[place]}" in capsys.readouterr().err


def test_workflow_of_the_site_is_the_folder_that_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "repo").mkdir()
    asked: list[Site] = []
    monkeypatch.setattr(cli, "_status", lambda options, site: asked.append(site))

    assert cli.main(["status", *SITE, "--workflow", "docs/workflow"]) == cli.DONE

    (site,) = asked
    assert site.workflow == "docs/workflow"
    assert [site.repository, site.live, site.backups, site.releases] == [
        tmp_path / each for each in ("repo", "live", "backups", "releases")
    ]
