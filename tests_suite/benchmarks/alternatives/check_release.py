"""The questions of the smoke and the package gate, as a team would put them with pytest-testinfra.

    WORKFLOW=DIR KNOWLEDGE_URL=URL CLAUDE_PROJECT=DIR PACKAGE=FILE.tar.gz STORE=DIR pytest -m "smoke or package" \
        check_release.py

Needs yamllint, xmllint and curl on the host, and PyYAML beside testinfra.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import PurePosixPath
from typing import Any

import pytest
import yaml

WORKFLOW = os.environ["WORKFLOW"]
URL = os.environ["KNOWLEDGE_URL"]
PROJECT = os.environ["CLAUDE_PROJECT"]
PACKAGE = PurePosixPath(os.environ.get("PACKAGE", "/nowhere"))
STORE = os.environ.get("STORE", "/nowhere")
VERSION = "2.0.0"
NAME = f"ai-engineering-workflow-v{VERSION}"
SECTIONS = [
    "name",
    "version",
    "paths",
    "knowledge_mcp",
    "architecture_options",
    "phase_folders",
    "agents",
    "steps",
    "bmm_integration",
]
NEXT_STEP = re.compile(r"nextStep\w*")


def paths(host: Any, pattern: str) -> list[str]:
    """The files of the workflow whose path has that form."""
    files = host.check_output("find %s -type f", WORKFLOW).splitlines()
    return [path for path in files if PurePosixPath(path).match(pattern)]


def frontmatter(host: Any, path: str) -> Any:
    """What stands between the first two marks of a Markdown file."""
    text = host.file(path).content_string
    assert text.startswith("---\n"), path
    return yaml.safe_load(text.split("\n---\n")[0])


@pytest.fixture(scope="module")
def config(host: Any) -> Any:
    return yaml.safe_load(host.file(f"{WORKFLOW}/config.yaml").content_string)


@pytest.mark.smoke
def test_55_files(host: Any) -> None:
    assert len([path for path in paths(host, "*") if "/DEPLOYMENT/" not in path]) == 55


@pytest.mark.smoke
def test_texts_are_utf8_without_marks_of_a_merge(host: Any) -> None:
    for path in paths(host, "*"):
        text = host.file(path).content.decode("utf-8")
        assert text.strip(), path
        assert not text.startswith("\ufeff"), path
        assert "\0" not in text, path
        assert not re.search("^(<<<<<<<|>>>>>>>) ", text, re.MULTILINE), path


@pytest.mark.smoke
def test_frontmatter(host: Any) -> None:
    files = [f"{WORKFLOW}/workflow.md", *paths(host, "agents/*.md"), *paths(host, "steps/*/*.md")]
    assert len(files) >= 25
    for path in files:
        data = frontmatter(host, path)
        assert data["name"], path
        assert data["description"], path


@pytest.mark.smoke
def test_code_fences(host: Any) -> None:
    for path in paths(host, "*.md"):
        fences = re.findall("^ *```", host.file(path).content_string, re.MULTILINE)
        assert len(fences) % 2 == 0, path


@pytest.mark.smoke
def test_yamllint(host: Any) -> None:
    files = paths(host, "*.yaml")
    assert files
    assert host.run("yamllint -d relaxed " + " ".join(f"'{path}'" for path in files)).succeeded


@pytest.mark.smoke
def test_xmllint(host: Any) -> None:
    files = paths(host, "*.xml")
    assert files
    assert host.run("xmllint --noout --nonet " + " ".join(f"'{path}'" for path in files)).succeeded


@pytest.mark.smoke
def test_health(host: Any) -> None:
    answer = host.check_output("curl -sS --fail --max-time 10 %s", f"{URL}/health")
    health = json.loads(answer)
    assert health["status"] == "healthy"
    assert set(health["services"].values()) == {"healthy"}


@pytest.mark.smoke
def test_response_time(host: Any) -> None:
    five = " ".join(f"-o /dev/null {URL}/health" for _ in range(5))
    times = host.check_output(f"curl -sS --fail --max-time 10 -w '%{{time_total}}\\n' {five}").split()
    assert sorted(float(each) for each in times)[2] < 0.1


@pytest.mark.smoke
def test_mcp(host: Any) -> None:
    script = f'read -r -t 10 first < <(curl -sSN --fail --max-time 10 {URL}/mcp 2>/dev/null) && echo "$first"'
    assert host.check_output("bash -c %s", script).startswith("event: endpoint")


@pytest.mark.smoke
def test_command(host: Any) -> None:
    command = host.file(f"{PROJECT}/.claude/commands/bmad/bmm/workflows/quick-flow-solo-dev.md")
    assert command.size > 0
    for path in set(re.findall(r"_bmad/[\w./-]+\.[a-z]+", command.content_string)):
        assert host.file(f"{PROJECT}/{path}").is_file, path
        assert host.file(f"{PROJECT}/{path}").size > 0, path


@pytest.mark.smoke
@pytest.mark.parametrize("section", SECTIONS)
def test_section_of_config(config: Any, section: str) -> None:
    assert config[section]


@pytest.mark.smoke
def test_files_that_config_names(host: Any, config: Any) -> None:
    steps = config["steps"].values()
    assert len(steps) == 13
    for step in steps:
        assert host.file(f"{WORKFLOW}/steps/{step['file']}").is_file, step
        assert step["agent"] is None or host.file(f"{WORKFLOW}/agents/{step['agent']}").is_file, step
    for agent in config["agents"].values():
        assert host.file(f"{WORKFLOW}/agents/{agent}").is_file, agent


@pytest.mark.smoke
def test_agents_and_their_xml(host: Any) -> None:
    descriptions = {PurePosixPath(path).stem for path in paths(host, "agents/*.md")}
    configurations = {PurePosixPath(path).stem.removesuffix("-agent") for path in paths(host, "agents/config/*.xml")}
    assert len(descriptions) == 11
    assert descriptions == configurations


@pytest.mark.smoke
def test_next_steps(host: Any) -> None:
    links = 0
    for path in paths(host, "steps/*/*.md"):
        for key, value in frontmatter(host, path).items():
            if NEXT_STEP.fullmatch(key) and value is not None:
                assert host.file(f"{WORKFLOW}/steps/{value}").is_file, f"{path}: {value}"
                links += 1
    assert links >= 13


@pytest.fixture(scope="module")
def unpacked(host: Any, tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = str(tmp_path_factory.mktemp("unpacked"))
    host.run_expect([0], "tar -xzf %s -C %s", str(PACKAGE), folder)
    return folder


@pytest.mark.package
def test_name() -> None:
    assert PACKAGE.name == f"{NAME}.tar.gz"


@pytest.mark.package
def test_checksums(host: Any) -> None:
    assert len(host.file(f"{PACKAGE.parent}/{NAME}.sha256").content_string.splitlines()) == 2
    assert host.run("cd %s && sha256sum --check --strict %s", str(PACKAGE.parent), f"{NAME}.sha256").succeeded


@pytest.mark.package
def test_archive(host: Any) -> None:
    assert host.run("gzip -t %s", str(PACKAGE)).succeeded
    lines = host.check_output("tar -tvzf %s", str(PACKAGE)).splitlines()
    assert {line[0] for line in lines} == {"-", "d"}
    names = host.check_output("tar -tzf %s", str(PACKAGE)).splitlines()
    assert not [name for name in names if name.startswith("/") or ".." in name.split("/")]


@pytest.mark.package
def test_same_as_the_work_tree(host: Any, unpacked: str) -> None:
    assert host.run("diff -r %s %s", unpacked, WORKFLOW).succeeded


@pytest.mark.package
def test_manifest(host: Any, unpacked: str) -> None:
    manifest = json.loads(host.file(f"{PACKAGE.parent}/{NAME}.manifest.json").content_string)
    assert (manifest["version"], manifest["tag"]) == (VERSION, NAME)
    assert manifest["archive"]["sha256"] == host.file(str(PACKAGE)).sha256sum
    assert len(manifest["files"]) == len(host.check_output("find %s -type f", unpacked).splitlines())
    digests = "".join(f"{each['sha256']}  {each['path']}\n" for each in manifest["files"])
    assert host.run("cd %s && printf %%s %s | sha256sum --check --strict", unpacked, digests).succeeded


@pytest.mark.package
def test_versions(host: Any, unpacked: str) -> None:
    assert frontmatter(host, f"{unpacked}/workflow.md")["version"] == VERSION
    assert yaml.safe_load(host.file(f"{unpacked}/config.yaml").content_string)["version"] == VERSION


@pytest.mark.package
@pytest.mark.parametrize("ending", ["tar.gz", "manifest.json", "sha256"])
def test_stored(host: Any, ending: str) -> None:
    assert host.run("cmp %s %s", f"{PACKAGE.parent}/{NAME}.{ending}", f"{STORE}/{NAME}.{ending}").succeeded
