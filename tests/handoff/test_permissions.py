"""Who may do what is closed unless the file opens it; the trail cannot be changed."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from amaan.errors import ConfigurationError
from handoff.audit import Tag
from handoff.permissions import Permission, Role, load_rules, may, roles_with
from tests.handoff.parts import Handoff


def test_every_role_stands_in_the_file_and_nothing_else() -> None:
    assert set(load_rules()) == set(Role)


@pytest.mark.parametrize("role", ["", "owner", "LEAD", "supervisor "])
def test_an_unknown_role_may_nothing(role: str) -> None:
    assert not any(may(role, permission) for permission in Permission)


def test_only_those_who_talk_with_people_read_chats() -> None:
    assert roles_with(Permission.CASE_READ) == ["supervisor", "lead"]
    assert roles_with(Permission.CASE_CLAIM) == ["supervisor", "lead"]
    assert roles_with(Permission.CASE_READ_CLOSED) == ["lead"]
    assert roles_with(Permission.STAFF_MANAGE) == ["lead", "administrator"]


def test_an_empty_file_opens_nothing(tmp_path: Path) -> None:
    file = tmp_path / "closed.toml"
    file.write_text("")
    rules = load_rules(file)
    assert not any(may(role, permission, rules) for role in Role for permission in Permission)


@pytest.mark.parametrize(
    "words", ["[owner]\nmay = []", '[lead]\nmay = ["case:raed"]', "[lead]", "lead", "lead = 1"]
)
def test_a_mistake_in_the_file_stops_the_start(tmp_path: Path, words: str) -> None:
    file = tmp_path / "wrong.toml"
    file.write_text(words)
    with pytest.raises(ConfigurationError):
        load_rules(file)


def test_tags_are_subject_and_action() -> None:
    assert all(tag.value.count(":") == 1 and len(tag.value) <= 48 for tag in Tag)


@pytest.mark.parametrize(
    "statement",
    ["UPDATE audit_event SET actor = 'x'", "DELETE FROM audit_event", "TRUNCATE audit_event"],
)
async def test_the_trail_is_append_only(handoff: Handoff, statement: str) -> None:
    await handoff.rung()
    with pytest.raises(DBAPIError):
        async with handoff.core.database.transaction() as tx:
            await tx.session.execute(text(statement))
    assert len(await handoff.audit()) == 1
