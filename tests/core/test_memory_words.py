"""The words of the memory phrase: enough of them, and none that a slip makes another."""

from __future__ import annotations

import tomllib
from itertools import combinations

import pytest

from amaan.core import LOCALES
from amaan.text import fold, script_of
from amaan.words import VARIANTS

LISTS: dict[str, list[str]] = tomllib.loads(
    (LOCALES / "memory_words.toml").read_text(encoding="utf-8")
)["words"]


def one_slip(left: str, right: str) -> bool:
    """Whether one letter typed, left out or put in makes one word the other."""
    short, long = sorted((left, right), key=len)
    if len(long) - len(short) > 1:
        return False
    same = next((i for i, sign in enumerate(short) if sign != long[i]), len(short))
    rest = short[same + 1 :] if len(short) == len(long) else short[same:]
    return rest == long[same + 1 :]


def test_every_catalogue_has_its_list() -> None:
    assert set(LISTS) == set(VARIANTS)


@pytest.mark.parametrize("tag", VARIANTS)
def test_a_list_is_whole_and_easy_to_write(tag: str) -> None:
    words = LISTS[tag]
    assert len(words) == 128  # 7 bits a word
    for word in words:
        assert 3 <= len(word) <= 8, word
        assert len(fold(word).split()) == 1, word
        assert script_of(word) == VARIANTS[tag].script, word


@pytest.mark.parametrize("tag", VARIANTS)
def test_no_slip_of_the_thumb_makes_another_word(tag: str) -> None:
    for left, right in combinations([fold(word) for word in LISTS[tag]], 2):
        assert left != right
        assert not one_slip(left, right), (left, right)
