"""Fixtures of the handoff's tests."""

from __future__ import annotations

import pytest

from amaan.core import Core
from tests.handoff.parts import Handoff


@pytest.fixture
def handoff(core: Core) -> Handoff:
    """The handoff on a fresh database."""
    return Handoff(core)
