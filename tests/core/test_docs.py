"""Documents that must follow the code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from amaan.settings import SECRET_NAMES, Settings

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def test_every_setting_is_documented() -> None:
    page = (ROOT / "docs" / "settings.md").read_text()
    documented = set(re.findall(r"`AMAAN_([A-Z_]+)`", page))
    assert documented == {name.upper() for name in Settings.model_fields}
    assert {name.upper() for name in SECRET_NAMES} <= documented


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_documents_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text()):
        if "://" not in target:
            assert (page.parent / target).exists(), target


def test_the_readme_names_only_targets_that_exist() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for target in re.findall(r"`make (?:-s )?([a-z-]+)`", (ROOT / "README.md").read_text()):
        assert re.search(rf"(?m)^{target}:", makefile), target
