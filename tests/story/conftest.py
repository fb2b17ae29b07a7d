"""One running helpline for the stories of a module."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.story.stage import Stage


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    """Started once a module, in a folder of its own."""
    folder = Path(tempfile.mkdtemp(prefix="amaan-story-"))
    # PostgreSQL runs under its own user when the tests run as root.
    folder.chmod(0o755)
    stage = Stage(folder / "home")
    stage.start()
    yield stage
    stage.stop()
    shutil.rmtree(folder, ignore_errors=True)
