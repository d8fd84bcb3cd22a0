"""Mistakes that a target file can hold, and what has to be said of each."""

from __future__ import annotations

import dataclasses
import json

from fixtures.target import PATH_OPTIONS
from fixtures.targetfile import LARGEST, SCHEMA
from gate.checklist import Release

ENVIRONMENT = {
    "KEY": "kp_9d2f71c0ab",
    "BROKEN": "kp_line\n",
    "FOLDER": "workflow",
    "NOWHERE": "no-such-folder",
    "SHORT": "abc",
    "EMPTY": "",
    "BYTES": "caf\udce9-au-lait",
}
NO_URL = "not a URL; expected https://host or http://host:port, with or without /mcp"
BEHIND = "goes on after a ? or #; expected a URL that ends before it, with or without /mcp"
API_KEY = "what X-API-Key may hold: at least 4 ASCII characters, no white space around them"
REASON = "at least 10 characters that say why the plan's figure does not apply"
MOMENT = "a point in time with its time zone, like 2026-01-06T09:00:00+01:00"
TOP_KEYS = ", ".join(json.loads(SCHEMA.read_bytes())["properties"])
EITHER = "an item's id in quotes and a limit, or a fact instead of both"
TEXT = "found {}, expected a text; put it in quotes"
NUMBER = "no number to reckon with; expected at most 1e+15"


def override(content: str) -> str:
    """A target with one override."""
    return f"name: t\noverrides:\n- {{{content}}}"


def knowledge(content: str) -> str:
    """A target with a knowledge server and one key more."""
    return f"name: t\nknowledge: {{url: http://localhost:8000, {content}}}"


# Each line holds the one before it twice: twenty lines make a million values, thirty a thousand million.
LAUGHS = "a0: &a0 [t, t]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 30))


NOT_A_TARGET: list[tuple[str | bytes, str]] = [
    ("", "target.yaml: expected keys such as name and workflow, found nothing"),
    ("# a comment\n", "target.yaml: expected keys such as name and workflow, found nothing"),
    ("- name: t\n", "target.yaml: expected keys such as name and workflow, found a list"),
    ("production", "target.yaml: expected keys such as name and workflow, found a text"),
    ("2026-01-06", "target.yaml: expected keys such as name and workflow, found a date"),
    (b"\x7fELF\x02\x01\x01\0\0\0", "target.yaml:1: character U+007F is none that YAML allows"),
    (b"name: t\n\n\0", "target.yaml:3: character U+0000 is none that YAML allows"),
    (b"\x89PNG\r\n\x1a\n", "target.yaml: byte 0 is not UTF-8; expected a text file"),
    ("name: café".encode("latin-1"), "target.yaml: byte 9 is not UTF-8; expected a text file"),
    ("name: t".encode("utf-16"), "target.yaml: byte 0 is not UTF-8; expected a text file"),
    ("name: t\nknowledge: {url: [\n", "target.yaml:3: while parsing a flow node, did not find expected node content"),
    ("name: t\n\tworkflow: w\n", "target.yaml:2: while scanning a plain scalar, found a tab character that violates"),
    ("name: t\nname: u\n", "target.yaml:2: key 'name' stands twice, first in line 1"),
    ("name: t\nclaude:\n  cli: auto\n  cli: auto\n", "target.yaml:4: key 'cli' stands twice, first in line 3"),
    ("name: t\n---\nname: u\n", "target.yaml:2: expected a single document in the stream"),
    ("name: t\nknowledge: &k {url: *k}\n", "target.yaml:2: an alias stands inside of what it is the alias of"),
    ("name: t\nname2: " + "[" * 100_000, "target.yaml:2: nested more than 200 levels deep"),
    (LAUGHS, "target.yaml:16: more than 100000 values"),
    (b"name: t\n" + b"#" * LARGEST, f"target.yaml: larger than {LARGEST} bytes; expected a target file (YAML)"),
]  # fmt: skip


MISTAKES = [
    ("nam: t", "nam: unknown key; did you mean name? (and 1 more)"),
    ("production: true", "name: missing; expected what the reports call this target"),
    ("name: t\nworkflows: w", "workflows: unknown key; did you mean workflow?"),
    ("name: t\nzzz: 1", f"zzz: unknown key; expected one of {TOP_KEYS}"),
    ("name: t\n7: 1", f"7: unknown key; expected one of {TOP_KEYS}"),
    ('name: t\n"a\\nb": 1', f"a b: unknown key; expected one of {TOP_KEYS}"),
    (knowledge("ulr: x"), "knowledge.ulr: unknown key; did you mean url?"),
    ("name: t\nknowledge: {api_key: abcdef}",
     "knowledge.url: missing; expected the URL of the Knowledge MCP server, with or without /mcp at its end"),
    ("name: t\nclaude: {proyect: project}", "claude.proyect: unknown key; did you mean project? (and 1 more)"),
    ("name: t\nclaude: {cli: auto}", "claude.project: missing; expected the project folder that holds .claude"),
    ("name: t\ncontacts:\n- {role: QA Lead}\n- {role: QA Lead, mail: x}",
     "contacts[1].mail: unknown key; did you mean email?"),
    ("name: t\ncontacts: [{name: Ada}]", "contacts[0].role: missing; expected the plan's role, such as Tech Lead"),
    (override("itm: '2.1.2', limit: response time, value: 1, reason: it is far away"),
     "overrides[0].itm: unknown key; did you mean item? (and 1 more)"),
    # kinds
    ("name: 2026", f"name: {TEXT.format('a number')}"),
    ("name: 2026-01-06", f"name: {TEXT.format('a date')}"),
    ("name: yes", f"name: {TEXT.format('true or false')}"),
    ("name:", "name: found nothing, expected a text"),
    ("name: '  '", "name: found an empty text, expected what the reports call this target"),
    ("name: [t]", "name: found a list, expected a text"),
    ("name: t\nproduction: soon", "production: found a text, expected true or false"),
    ("name: t\nproduction: 1", "production: found a number, expected true or false"),
    *((f"name: t\n{key}: {{}}", f"{key}: found keys and values, expected a text") for key in PATH_OPTIONS),
    *((f"name: t\n{key}:", f"{key}: found nothing, expected a text") for key in PATH_OPTIONS),
    *((f"name: t\n{key}: ''", f"{key}: found an empty text, expected a path") for key in PATH_OPTIONS),
    ("name: t\nknowledge: http://localhost", "knowledge: found a text, expected keys and values"),
    ("name: t\nknowledge:", "knowledge: found nothing, expected keys and values"),
    ("name: t\nknowledge: {url: 80}", f"knowledge.url: {TEXT.format('a number')}"),
    (knowledge("api_key: 12345678"), f"knowledge.api_key: {TEXT.format('a number')}"),
    (knowledge("api_key: ''"), f"knowledge.api_key: found an empty text, expected {API_KEY} (and 1 more)"),
    (knowledge("api_key: abc"), f"knowledge.api_key: found a text that will not do, expected {API_KEY}"),
    (knowledge("api_key: 'abcd '"), f"knowledge.api_key: found a text that will not do, expected {API_KEY}"),
    (knowledge("api_key: ключ"), f"knowledge.api_key: found a text that will not do, expected {API_KEY}"),
    (knowledge("load: maybe"), "knowledge.load: found a text, expected true or false"),
    (knowledge("timeout_seconds: '5'"), "knowledge.timeout_seconds: found a text, expected a number"),
    (knowledge("timeout_seconds: true"), "knowledge.timeout_seconds: found true or false, expected a number"),
    (knowledge("timeout_seconds: 0"),
     "knowledge.timeout_seconds: 0 is out of range; expected seconds for one request, more than 0 and at most 60"),
    (knowledge("timeout_seconds: 61"),
     "knowledge.timeout_seconds: 61 is out of range; expected seconds for one request, more than 0 and at most 60"),
    (knowledge("timeout_seconds: .nan"), f"knowledge.timeout_seconds: {NUMBER}"),
    (knowledge("timeout_seconds: .inf"), f"knowledge.timeout_seconds: {NUMBER}"),
    ("name: t\nclaude: project", "claude: found a text, expected keys and values"),
    ("name: t\nclaude: {project: [project]}", "claude.project: found a list, expected a text"),
    ("name: t\nclaude: {project: project, cli: on}", f"claude.cli: {TEXT.format('true or false')}"),
    ("name: t\ncontacts: Ada", "contacts: found a text, expected a list"),
    ("name: t\ncontacts: [Ada]", "contacts[0]: found a text, expected keys and values"),
    ("name: t\ncontacts: [{role: QA Lead, phone: 15550101}]", f"contacts[0].phone: {TEXT.format('a number')}"),
    ("name: t\ncontacts: [{role: ' '}]", "contacts[0].role: found an empty text, expected the plan's "
     "role, such as Tech Lead"),
    ("name: t\noverrides: {}", "overrides: found keys and values, expected a list"),
    ("name: t\noverrides: [x]", "overrides[0]: found a text, expected keys and values"),
    # overrides
    (override("item: 2.1, limit: time limit, value: 9, reason: it is far away"),
     f"overrides[0].item: {TEXT.format('a number')}"),
    (override("item: '2.1.2', limit: response time, value: fast, reason: it is far away"),
     "overrides[0].value: found a text, expected a number"),
    (override("item: '2.1.2', limit: response time, value: -1, reason: it is far away"),
     "overrides[0].value: -1 is out of range; expected 0 or more"),
    (override("item: '2.1.2', limit: response time, value: .inf, reason: it is far away"),
     f"overrides[0].value: {NUMBER}"),
    (override(f"item: '2.1.2', limit: response time, value: {10**30}, reason: it is far away"),
     f"overrides[0].value: {NUMBER}"),
    (override("item: '2.1.2', limit: time limit, value: 0, reason: it is far away"),
     "overrides[0].value: 0 is out of range; expected more than 0 seconds"),
    (override("item: '2.1.2', value: 9, reason: it is far away"),
     "overrides[0].limit: missing; expected the name of the item's limit, or time limit"),
    (override("value: 9, reason: it is far away"), f"overrides[0].item: missing; expected {EITHER} (and 1 more)"),
    (override("fact: steps, item: '2.1.2', value: 9, reason: it is far away"),
     "overrides[0]: has both a fact and an item or limit; expected either of them"),
    (override("fact: steps, value: 12"), f"overrides[0].reason: missing; expected {REASON}"),
    (override("fact: steps, reason: it is another release"),
     "overrides[0].value: missing; expected what holds instead of the plan's figure"),
    (override("fact: steps, value: 12, reason: bigger"),
     f"overrides[0].reason: found a text that will not do, expected {REASON}"),
    (override("fact: steps, value: 12, reason: '              '"),
     f"overrides[0].reason: found an empty text, expected {REASON}"),
    (override("fact: agnets, value: [a], reason: it is another release"),
     "overrides[0].fact: unknown; did you mean agents?"),
    (override("fact: version, value: 2.1, reason: it is another release"),
     f"overrides[0].value: {TEXT.format('a number')}"),
    (override("fact: steps, value: twelve, reason: it is another release"),
     "overrides[0].value: found a text, expected a whole number"),
    (override("fact: steps, value: 11.0, reason: it is another release"),
     "overrides[0].value: found a number, expected a whole number"),
    (override("fact: steps, value: 0, reason: it is another release"),
     "overrides[0].value: 0 is out of range; expected 1 or more"),
    (override("fact: agents, value: dev, reason: it is another release"),
     "overrides[0].value: found a text, expected a list"),
    (override("fact: agents, value: [], reason: it is another release"),
     "overrides[0].value: is empty; expected at least one entry"),
    (override("fact: agents, value: [dev, 7], reason: it is another release"),
     f"overrides[0].value[1]: {TEXT.format('a number')}"),
    (override("fact: agents, value: [dev, dev], reason: it is another release"),
     "overrides[0].value: has an entry twice; expected each once"),
    (override("fact: composition, value: 55, reason: it is another release"),
     "overrides[0].value: found a number, expected keys and values"),
    (override("fact: composition, value: {}, reason: it is another release"),
     "overrides[0].value: is empty; expected at least one entry"),
    (override("fact: composition, value: {agents/*.md: many}, reason: it is another release"),
     "overrides[0].value.agents/*.md: found a text, expected a whole number"),
    (override("fact: composition, value: {../*: 1}, reason: it is another release"),
     "overrides[0].value: found a text that will not do, expected patterns that start at the workflow's root"),
    ("name: t\noverrides:\n" + "- {fact: steps, value: 12, reason: it is another release}\n" * 2,
     "overrides[1]: replaces the same as overrides[0]; expected one of them"),
    ("name: t\noverrides:\n" + "- {item: R.1, limit: time limit, value: 12, reason: it is far away}\n" * 2,
     "overrides[1]: replaces the same as overrides[0]; expected one of them"),
    # paths
    *((f"name: t\n{key}: nowhere", f"{key}: nowhere does not exist; expected a folder, relative to target.yaml")
      for key in ("workflow", "repository", "evidence")),
    ("name: t\npackage: nowhere", "package: nowhere does not exist; expected a file, relative to target.yaml"),
    *((f"name: t\n{key}: release.tar.gz", f"{key}: release.tar.gz is a file; expected a folder")
      for key in ("workflow", "repository", "evidence")),
    ("name: t\npackage: workflow", "package: workflow is a folder; expected a file"),
    ("name: t\nclaude: {project: nowhere}",
     "claude.project: nowhere does not exist; expected a folder, relative to target.yaml"),
    ("name: t\nclaude: {project: claude}", "claude.project: claude is a file; expected a folder"),
    ("name: t\nclaude: {project: project, home: nowhere}",
     "claude.home: nowhere does not exist; expected a folder, relative to target.yaml"),
    ("name: t\nclaude: {project: project, cli: nowhere}",
     "claude.cli: nowhere is no file; expected auto, off, or the path of a claude program, relative to target.yaml"),
    ("name: t\nclaude: {project: project, cli: home}",
     "claude.cli: home is no file; expected auto, off, or the path of a claude program, relative to target.yaml"),
    ('name: t\nworkflow: "work\\0flow"',
     "workflow: work flow does not exist; expected a folder, relative to target.yaml"),
    (f"name: t\nworkflow: {'w' * 300}",
     f"workflow: {'w' * 300} does not exist; expected a folder, relative to target.yaml"),
    ("name: t\nworkflow: ~nobody-of-this-name/w",
     "workflow: ~nobody-of-this-name/w does not exist; expected a folder, relative to target.yaml"),
    # the environment
    ("name: ${NO_SUCH}", "name: the environment variable 'NO_SUCH' is not set; expected its value there"),
    ("name: ${EMPTY}", "name: the environment variable 'EMPTY' is not set; expected its value there"),
    ("name: ${}", "name: the environment variable '' is not set; expected its value there"),
    ("name: t\ncontacts:\n- {role: QA Lead}\n- {role: QA Lead, phone: '+1${NO_SUCH}'}",
     "contacts[1].phone: the environment variable 'NO_SUCH' is not set; expected its value there"),
    (knowledge("api_key: '${NO_SUCH}'"),
     "knowledge.api_key: the environment variable 'NO_SUCH' is not set; expected its value there"),
    (knowledge("api_key: '${SHORT}'"),
     "knowledge.api_key: the value of SHORT is shorter than 4 characters, too short to be kept out of the reports; "
     "write it into the target file if it is no secret"),
    (knowledge("api_key: '${BROKEN}'"), f"knowledge.api_key: found a text that will not do, expected {API_KEY}"),
    ("name: ${BYTES}", "name: the value of BYTES is not UTF-8; expected a text"),
    ("name: ${KEY", "name: an environment variable is not closed; expected ${NAME}"),
    ("name: t\nworkflow: x/${NOWHERE}",
     "workflow: x/‹secret› does not exist; expected a folder, relative to target.yaml"),
    ("name: t\nknowledge: {url: '${KEY}'}", f"knowledge.url: {NO_URL}"),
    (override("fact: '${KEY}', value: 1, reason: it is another release"),
     f"overrides[0].fact: unknown; expected one of {', '.join(f.name for f in dataclasses.fields(Release))}"),
    # URLs with something wrong that is not their form
    ("name: t\nknowledge: {url: 'http://ada:pw@localhost'}",
     "knowledge.url: its password is too short to be kept out of the reports; expected a longer one"),
    ("name: t\nknowledge: {url: 'http://localhost/mcp?key=abcdef'}", f"knowledge.url: {BEHIND}"),
    ("name: t\nknowledge: {url: 'http://localhost/mcp#'}", f"knowledge.url: {BEHIND}"),
    # When, whom, and where it is rehearsed
    ("name: t\ndeployment: {}",
     "deployment.starts: missing; expected T-0 with its time zone, like 2026-01-06T09:00:00+01:00"),
    ("name: t\ndeployment: {starts: tomorrow}", f"deployment.starts: found tomorrow; expected {MOMENT}"),
    ("name: t\ndeployment: {starts: 2026-01-06T09:00:00}",
     f"deployment.starts: found 2026-01-06 09:00:00; expected {MOMENT}"),
    ("name: t\ndeployment: {starts: 2026-01-06}", f"deployment.starts: found 2026-01-06; expected {MOMENT}"),
    ("name: t\ndeployment: {starts: 9}", f"deployment.starts: found 9; expected {MOMENT}"),
    ("name: t\ndeployment: {starts: 2026-01-06T09:00:00Z, time_zone: Mars/Olympus}",
     "deployment.time_zone: unknown; expected a name like Europe/Paris or UTC"),
    ("name: t\ndeployment: {starts: 2026-01-06T09:00:00Z, ends: 2026-01-06T10:00:00Z}",
     "deployment.ends: unknown key; expected one of starts, time_zone"),
    ("name: t\nusers: []", "users: is empty; expected at least one entry"),
    ("name: t\nusers: [a, a]", "users: has an entry twice; expected each once"),
    ("name: t\nusers: nobody.txt",
     "users: nobody.txt: cannot be read: no such file or directory; expected one user or group a line"),
    ("name: t\nusers: claude", "users: claude: is empty; expected content; expected one user or group a line"),
    ("name: t\nstaging: {}", "staging: is empty; expected at least one entry"),
    ("name: t\nstaging: {knowledge: {url: localhost}}", f"staging.knowledge.url: {NO_URL}"),
    ("name: t\nstaging: {knowledge: {}}",
     "staging.knowledge.url: missing; expected the URL of the Knowledge MCP server, with or without /mcp at its end"),
    ("name: t\nstaging: {url: http://localhost}",
     "staging.url: unknown key; expected one of workflow, knowledge, client_config, reports"),
]  # fmt: skip


NO_URLS = [
    "", "localhost", "localhost:8000", "//localhost", "http://", "http:/localhost", "http:localhost", "http:///mcp",
    "http://:8000", "http://localhost:", "http://localhost:0", "http://localhost:65536", "http://localhost:http",
    "http://local host", "http://localhost\n", "http://local\thost", "http://localhost/\x7f", "http://[::1", "http://.",
    "http://a..b", "http://<host>", "http://{host}", "http://host\\mcp", "http://user@", "ftp://localhost",
    "file:///etc", "mailto:a@b", "javascript:alert(1)", "https//localhost", "hhtp://localhost", "http://a,b",
]  # fmt: skip
