"""Normalising: what phones do to a text is undone, what a language writes stays."""

from __future__ import annotations

import pytest

from amaan.text import MAX_CHARACTERS, digits, fold, is_blank, normalise, script_of, undisguised


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("  hello \n\t world ", "hello world"),
        ("pleaaaaase!!!!!", "pleaase!!"),
        ("می‌خواہم", "میخواہم"),
        ("\u202eabc\u200b\u2066d\u2069", "abcd"),
        ("كيا ہے", "کیا ہے"),
        ("۱۲۳ ٤٥٦ ੭੮", "123 456 78"),
        ("/greet", "greet"),
        ("// /restart", "restart"),
        ("مـــدد", "مدد"),
        ("ﻣﺪﺩ", "مدد"),
        ("a\x00b\x07c", "a b c"),
        ("❤️", "❤"),
        ("", ""),
    ],
)
def test_it_repairs(raw: str, clean: str) -> None:
    assert normalise(raw) == clean
    assert normalise(clean) == clean


@pytest.mark.parametrize(
    "text", ["مان پاڻ کي ٺيڪ ڪندس هاڻي", "زه ژوند نه غواړم ځکه چې", "ਮੈਨੂੰ ਡਰ ਲੱਗਦਾ"]
)
def test_letters_of_a_language_stay(text: str) -> None:
    assert normalise(text) == text


def test_it_is_cut_and_never_long() -> None:
    assert len(normalise("ab " * 10_000)) <= MAX_CHARACTERS
    assert len(normalise("ﷺ" * 10_000)) <= MAX_CHARACTERS


@pytest.mark.parametrize("text", ["", " \n", "\u200b\u200f", "\x00\x1f", "\ufeff", "\u2066\u2069"])
def test_blank_is_blank(text: str) -> None:
    assert is_blank(text)
    assert normalise(text) == ""


@pytest.mark.parametrize("text", ["a", "۱", "😀", "؟", "."])
def test_readable_is_not_blank(text: str) -> None:
    assert not is_blank(text)


@pytest.mark.parametrize(
    ("text", "script"),
    [
        ("salam سلام سلام", "Arab"),
        ("hello", "Latn"),
        ("ਸਤ ਸ੍ਰੀ", "Guru"),
        ("123 😀", None),
        ("", None),
        ("नमस्ते", None),
    ],
)
def test_script(text: str, script: str | None) -> None:
    assert script_of(text) == script


def test_digits_change_nothing_else() -> None:
    assert digits("نمبر ۳") == "نمبر 3"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Zindagee", "zindagi"),
        ("ڀائي", "بھائی"),
        ("ٿيو", "تھیو"),
        ("ہاں", "ھاں"),
        ("مُجھے", "مجھے"),
        ("Don't", "dont"),
        ("kyaaaa", "kya"),
    ],
)
def test_fold_makes_spellings_equal(one: str, other: str) -> None:
    assert fold(one) == fold(other)
    assert fold(fold(one)) == fold(one)


def test_links_and_handles_stay_as_written() -> None:
    assert normalise("www.example.com/Caaab dekho plzzzz") == "www.example.com/Caaab dekho plzz"
    assert normalise("@aaamna_khaaan") == "@aaamna_khaaan"


def test_digits_inside_words_are_letters_for_rules() -> None:
    assert undisguised("khudk0shi k4rni hai 5k 3G 0300") == "khudkoshi karni hai 5k 3G 0300"


def test_latin_letters_lose_their_accents_and_others_keep_their_marks() -> None:
    assert undisguised("Shahidáni hón é") == "Shahidani hon e"
    assert undisguised("آؤ ਮੈਂ ئے") == "آؤ ਮੈਂ ئے"
