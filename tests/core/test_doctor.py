"""`amaan doctor` says whether a complaint can be put on paper."""

from __future__ import annotations

import pytest

from amaan import doctor


def test_paper_is_in_order() -> None:
    assert doctor._paper() is None


def test_a_missing_font_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "_FONTS", {"Noto Sans": "a", "Invented Font": "a"})
    problem = doctor._paper()
    assert problem == "fonts are missing (Invented Font), run scripts/system-packages.sh paper"
