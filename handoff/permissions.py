"""Who may do what, read from `permissions.toml`. Closed unless a line there opens it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

from amaan.errors import ConfigurationError

_FILE = Path(__file__).with_name("permissions.toml")


class Role(StrEnum):
    """What somebody is here for."""

    SUPERVISOR = "supervisor"
    """Takes cases and talks with people."""
    LEAD = "lead"
    """Leads a shift: paged when nobody takes a case, keeps accounts."""
    TRAINER = "trainer"
    """Corrects what the assistant learned."""
    ADMINISTRATOR = "administrator"
    """Keeps accounts and the machine; reads no chats."""


class Permission(StrEnum):
    """What can be permitted."""

    QUEUE_SEE = "queue:see"
    CASE_READ = "case:read"
    """Read the conversation of a case that is not closed."""
    CASE_CLAIM = "case:claim"
    """Claim, write, release, close; also: can be on call."""
    CASE_READ_CLOSED = "case:read_closed"
    COMPLAINT_REVIEW = "complaint:review"
    """See complaints that need a human, read them while they do, set their tier, send again."""
    STAFF_MANAGE = "staff:manage"
    ROSTER_SEE = "roster:see"
    ROSTER_EDIT = "roster:edit"
    FEEDBACK_SEE = "feedback:see"
    """Read what supervisors said of the machine's judgement, in the supervisors' own words."""
    FIGURES_SEE = "figures:see"
    FIGURES_EXPORT = "figures:export"
    TRAIL_SEE = "trail:see"
    """Look at the record of deeds and check its chain."""
    OPERATOR_ALARM_SEE = "operator_alarm:see"
    OPERATOR_ALARM_CLEAR = "operator_alarm:clear"


Rules = Mapping[Role, frozenset[Permission]]


def load_rules(file: Path = _FILE) -> Rules:
    """Reads the rules. Raises `ConfigurationError` on a role or permission that is unknown."""
    try:
        table = tomllib.loads(file.read_text())
        return {
            Role(role): frozenset(Permission(name) for name in entry["may"])
            for role, entry in table.items()
        }
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigurationError(f"{file.name} cannot be read: {error}") from error


_RULES = load_rules()


def may(role: str, permission: Permission, rules: Rules = _RULES) -> bool:
    """Whether `role` has `permission`; an unknown role has none."""
    try:
        return permission in rules.get(Role(role), frozenset())
    except ValueError:
        return False


def roles_with(permission: Permission, rules: Rules = _RULES) -> list[str]:
    """The roles that have `permission`."""
    return [role.value for role in Role if permission in rules.get(role, frozenset())]
