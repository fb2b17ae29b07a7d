"""Links and handles, the component, the word lists, and texts that mean harm.

Figures: test_entity_numbers.py; listed words: test_entity_words.py.
"""

from __future__ import annotations

import csv
import logging
from typing import Any

import pytest
from rasa.shared.nlu.training_data.message import Message

from amaan.text import normalise
from bot.components.base import NORMALISED
from bot.components.entities import EntityExtractor
from bot.entities import KINDS, extractor
from bot.entities.pipeline import Pipeline
from bot.entities.tokens import key, tokens
from bot.entities.words import ANY, FOLDER, rows, words
from bot.errors import ConfigurationError

VARIANTS = {
    "en-Latn", "ur-Arab", "ur-Latn", "ps-Arab", "ps-Latn", "sd-Arab", "sd-Latn",
    "pa-Arab", "pa-Latn", "pa-Guru", "bal-Arab", "bal-Latn",
}  # fmt: skip


def found(text: str, language: str | None = None, *kinds: str) -> list[tuple[str, Any]]:
    """Return entity and value of what is found, of some kinds or all."""
    entities = extractor().find(normalise(text), language)
    return [(one.entity, one.value) for one in entities if not kinds or one.entity in kinds]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("https://www.Facebook.com/Some.Page", "https://www.facebook.com/Some.Page"),
        ("see www.example.com/a?b=1.", "https://www.example.com/a?b=1"),
        ("facebook.com/x?fbclid=abc&id=3", "https://facebook.com/x?id=3"),
        ("youtu.be/AbC?si=zzz", "https://youtu.be/AbC"),
        ("HTTP://EXAMPLE.PK:80/", "http://example.pk"),
        ("hxxps://example.com/p", "https://example.com/p"),
        ("لنک https://t.me/somechannel۔", "https://t.me/somechannel"),
    ],
)
def test_a_link_is_made_plain(text: str, value: str) -> None:
    assert found(text, None, "url") == [("url", value)]


@pytest.mark.parametrize("text", ["theek hai.me to", "1.5.2", "wait...ok", "a.b", "https://"])
def test_a_full_stop_makes_no_link(text: str) -> None:
    assert found(text, "en", "url") == []


def test_an_address_of_mail_is_no_handle() -> None:
    assert found("write to Rose.K@Example.com", "en") == [("email", "rose.k@example.com")]


@pytest.mark.parametrize(
    ("text", "handle", "platform"),
    [
        ("insta pe @fake_girl01 ne", "@fake_girl01", "instagram"),
        ("uski insta id fake.girl_01 hai", "@fake.girl_01", "instagram"),
        ("ٹک ٹاک پر @abc_123", "@abc_123", "tiktok"),
        ("https://t.me/abc aur @some_one", "@some_one", "telegram"),
        ("@lahore_girl", "@lahore_girl", None),
    ],
)
def test_a_handle_knows_its_platform(text: str, handle: str, platform: str | None) -> None:
    (one,) = (x for x in extractor().find(normalise(text), "ur") if x.entity == "handle")
    assert one.value == handle
    assert dict(one.more).get("platform") == platform


@pytest.mark.parametrize("text", ["my id card", "5th class", "id of sum1", "10pm insta", "a@b"])
def test_other_words_are_no_handle(text: str) -> None:
    assert found(text, "en", "handle") == []


def test_the_longest_of_overlapping_ones_wins() -> None:
    text = "https://facebook.com/lahore.insta/brother on 12/05/2026"
    assert [kind for kind, _ in found(text, "en")] == ["url", "date"]
    assert found("mirpur khas", "ur") == [("city", "Mirpur Khas")]


def test_places_are_those_of_the_text() -> None:
    text = normalise("سلام، میرا نمبر ۰۳۰۰ ۰۰۰۰۱۲۳ ہے اور بھائی کوئٹہ میں ہے")
    entities = [one.as_dict(text) for one in extractor().find(text, "ur")]
    assert [one["text"] for one in entities] == ["0300 0000123", "بھائی", "کوئٹہ"]
    assert all(text[one["start"] : one["end"]] == one["text"] for one in entities)


@pytest.mark.parametrize(
    "text",
    ["", " ", "1" * 2000, "1 " * 1000, "0-" * 1000, "@" * 2000, "@a" * 1000, "a." * 1000,
     "www." * 500, "http://" + "a" * 2000, "http://[" * 200, "\u202e0300\u202c" * 300,
     "%" * 2000, "5k " * 600,
     "do lakh " * 250, "ਾ" * 2000, "ءَ " * 600, "#_." * 600, "umar " * 400, "\ud800x", "\x00" * 50,
     "٠" * 2000, "😀" * 2000, "9" * 300 + " lakh", "1,00,00,00,00,00,00,000 rupay", "0000-00-00"],
)  # fmt: skip
@pytest.mark.parametrize("language", ["ur", "bal", None, "zz"])
def test_no_text_is_too_strange(text: str, language: str | None) -> None:
    for read in (text, normalise(text)):
        for one in extractor().find(read, language):
            assert one.entity in KINDS
            assert 0 <= one.start < one.end <= len(read)


def test_spacy_keeps_no_word_that_a_person_wrote() -> None:
    pipeline = Pipeline("ur", words("ur"))
    before = len(pipeline._nlp.vocab.strings)
    doc = pipeline.read(tokens("mera raaz zqxword hai 0300 0000123 kisi ko na batana"))
    assert "zqxword" not in doc.text
    assert len(pipeline._nlp.vocab.strings) == before


def test_keys_join_spellings_and_keep_words_apart() -> None:
    assert key("whatssap") == key("whatsap")
    assert key("ڪراچيءَ") == key("کراچی")
    assert key("maa") != key("ma")
    assert key("تے") != key("تی")
    assert key("ماں") != key("مان")
    assert key("ءِ") != key("ءَ")


def component(**config: float) -> EntityExtractor:
    """The component as Rasa builds it."""
    settings = {**EntityExtractor.get_default_config(), **config}
    return EntityExtractor.create(settings, None, None, None)  # type: ignore[arg-type]  # unused


def test_the_component_adds_rasas_entities() -> None:
    message = Message({"text": "سبا سحر", "language": "ps", "language_confidence": 0.9})
    message.set("entities", [{"entity": "other"}])
    component().process([message])
    assert message.get("entities") == [
        {"entity": "other"},
        {"entity": "time", "value": "tomorrow_morning", "text": "سبا سحر", "start": 0, "end": 7,
         "extractor": "EntityExtractor"},
    ]  # fmt: skip
    assert "entities" in message.output_properties


def test_an_unsure_language_opens_all_lists() -> None:
    message = Message({"text": "enshapi", "language": "ur", "language_confidence": 0.3})
    message.set(NORMALISED, "enshapi")
    component().process([message])
    assert message.get("entities")[0]["value"] == "tonight"


def test_a_fault_costs_the_entities_only_and_tells_nothing(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ValueError("0300 0000123")

    monkeypatch.setattr(extractor(), "find", fail)
    message = Message({"text": "0300 0000123", "language": "ur", "language_confidence": 0.9})
    with caplog.at_level(logging.DEBUG):
        component().process([message])
    assert message.get("entities") == []
    assert "ValueError" in caplog.text
    assert "0000123" not in caplog.text


def test_nothing_found_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    message = Message({"text": "zqxword 0300 0000123", "language": None})
    with caplog.at_level(logging.DEBUG):
        component().process([message])
    assert caplog.text == ""


def test_every_variant_has_words_of_every_kind() -> None:
    for kind in ("time", "relation", "number", "unit", "cue"):
        assert {row.variant for row in rows() if row.entity == kind} >= VARIANTS
    for kind in ("platform", "city", "province"):
        own = {row.variant for row in rows() if row.entity == kind}
        assert {"mul-Latn", "pa-Guru", "sd-Arab", "ps-Arab", "bal-Arab"} <= own


def test_every_city_is_somewhere_and_every_line_is_a_draft() -> None:
    listed = words(ANY)
    provinces = {row.value for row in rows() if row.entity == "province"} | {"Islamabad"}
    for row in rows():
        assert row.review in {"draft", "reviewed"}
        if row.entity in {"city", "city?"}:
            assert listed.provinces[row.value] in provinces


def test_the_lists_hold_no_line_twice() -> None:
    for path in FOLDER.glob("*.tsv"):
        with path.open(encoding="utf-8", newline="") as file:
            lines = list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
        assert len(lines) == len({tuple(line) for line in lines}), path.name


def test_a_malformed_list_is_named(tmp_path: Any) -> None:
    (tmp_path / "city.tsv").write_text("entity\tvalue\tvariant\tform\treview\ncity\tX\n")
    with pytest.raises(ConfigurationError, match=r"city\.tsv:2"):
        rows(tmp_path)
