"""The comparison of a backup with a running database: a real server process, asked over MongoDB's own protocol."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import bson
import pymongo
import pytest

from fixtures.backup import livedatabase
from fixtures.backup.backuptarget import DatabaseTarget
from fixtures.backup.livedatabase import DatabaseError
from fixtures.reference import dump
from tests_suite import mongoserver

pytestmark = pytest.mark.live_database
COUNTS = {part.name: len(part.documents) for part in dump.knowledge()}


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with mongoserver.running() as uri:
        time.sleep(1.1)  # the oplog counts in seconds, and has to begin before everything that a test looks for
        yield uri


@pytest.fixture
def database(server: str) -> Iterator[Any]:
    """The reference knowledge base in a running database, as a client of it."""
    client: pymongo.MongoClient[Any] = pymongo.MongoClient(server)
    with client:
        client.drop_database("knowledge")
        for part in dump.knowledge():
            client.knowledge[part.name].insert_many([bson.decode(document) for document in part.documents])
            for name, key in part.indexes.items():
                if name != "_id_":
                    client.knowledge[part.name].create_index(list(key.items()), name=name)
        yield client.knowledge


def _ask(server: str, taken_at: datetime) -> livedatabase.LiveDatabase:
    return livedatabase.ask(DatabaseTarget(server, "knowledge"), "knowledge", taken_at)


def _soon() -> datetime:
    return datetime.now(UTC) + timedelta(minutes=1)


def test_collections_are_counted_with_their_indexes(server: str, database: Any) -> None:
    database.create_collection("empty")

    live = _ask(server, _soon())

    assert live.counts == {**COUNTS, "empty": 0}
    assert live.indexes["chunks"] == ("_id_", "by_source")
    assert (live.later, live.looked_in) == (None, "the oplog")
    assert live.label == server.removeprefix("mongodb://") + "/knowledge"


def test_views_are_not_counted(server: str, database: Any) -> None:
    database.command("create", "recent", viewOn="chunks", pipeline=[{"$match": {"position": 1}}])

    assert _ask(server, _soon()).counts == COUNTS


def test_write_after_the_backup_stands_in_the_oplog(server: str, database: Any) -> None:
    taken_at = datetime.now(UTC)
    time.sleep(2.1)
    database.chunks.update_one({}, {"$set": {"position": 99}})

    live = _ask(server, taken_at)

    assert live.later is not None
    assert live.later.namespace == "knowledge.chunks"
    assert live.later.at > taken_at


def test_write_to_another_database_is_none(server: str, database: Any) -> None:
    taken_at = datetime.now(UTC)
    time.sleep(2.1)
    database.client.knowledge_of_others.chunks.insert_one({})

    assert _ask(server, taken_at).later is None


def test_without_an_oplog_that_reaches_back_documents_say_when_they_were_written(server: str, database: Any) -> None:
    last_year = datetime.now(UTC) - timedelta(days=365)
    assert _ask(server, last_year).later is None

    written = datetime.now(UTC).replace(microsecond=0)
    database.sources.insert_one({"ingested_at": written})
    database.chunks.insert_one({"created_at": "2019-01-01T00:00:00Z"})
    live = _ask(server, last_year)

    assert live.looked_in == "the documents' own times"
    assert live.later == livedatabase.Write(written, "knowledge.sources")


def test_database_that_is_not_there_is_empty(server: str) -> None:
    live = livedatabase.ask(DatabaseTarget(server), "no_such_database", _soon())

    assert (live.counts, live.indexes) == ({}, {})


def test_server_that_wants_a_password_refuses() -> None:
    with mongoserver.running("--auth") as uri, pytest.raises(DatabaseError) as refused:
        livedatabase.ask(DatabaseTarget(uri, "knowledge"), "knowledge", _soon())

    assert "expected a MongoDB that answers" in str(refused.value)


def test_port_that_nobody_listens_on_is_reported_in_time_and_without_the_password() -> None:
    with socket.socket() as taken:
        taken.bind((mongoserver.HOST, 0))
        port = taken.getsockname()[1]
        uri = f"mongodb://gate:hunter-two@{mongoserver.HOST}:{port}/knowledge"
        started = time.monotonic()

        with pytest.raises(DatabaseError) as refused:
            livedatabase.ask(DatabaseTarget(uri), "knowledge", _soon())

    assert time.monotonic() - started < 10
    assert f"{mongoserver.HOST}:{port}" in str(refused.value)
    assert "hunter-two" not in str(refused.value)


@pytest.mark.parametrize(
    "uri", ["mongodb://a:b@c@127.0.0.1", "mongodb://127.0.0.1:99999", "mongodb://127.0.0.1/?w=x y"]
)
def test_uri_that_the_driver_refuses_is_a_finding(uri: str) -> None:
    with pytest.raises(DatabaseError, match="expected a MongoDB that answers"):
        livedatabase.ask(DatabaseTarget(uri), "knowledge", _soon())


def test_unknown_option_of_a_uri_is_no_reason_not_to_ask(server: str, database: Any) -> None:
    live = livedatabase.ask(DatabaseTarget(f"{server}/?brandNewOption=1"), "knowledge", _soon())

    assert json.dumps(live.counts) == json.dumps(dict(sorted(COUNTS.items())))
