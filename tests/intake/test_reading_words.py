"""Names, links, platforms, places and evidence, in every script."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.reading import (
    Links,
    read_city,
    read_evidence,
    read_links,
    read_name,
    read_platform,
)
from intake.schema import MAX_EVIDENCE, Draft, EvidenceKind, Platform, Province
from tests.intake.properties import INVISIBLE, calm, texts

PHONE = "+923000000001"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Invented Person", "Invented Person"), ("My name is Invented Person.", "Invented Person"),
        ("mera naam Invented Person hai", "Invented Person"), ("name: Invented", "Invented"),
        ("میرا نام کوئی شخص ہے", "کوئی شخص"), ("ਮੇਰਾ ਨਾਂ ਕੋਈ ਬੰਦਾ ਹੈ", "ਕੋਈ ਬੰਦਾ"),
        ("زما نوم څوک دی", "څوک"), ("منهنجو نالو ڪو ماڻهو آهي", "ڪو ماڻهو"),
        ("Invented O’Person-Name", "Invented O’Person-Name"), ("  two\u200f words ", "two words"),
        ("A", None), ("Name 1", None), ("", None), ("😀😀", None), ("why do you ask?", None),
        ("x" * 101, None), ("a b c d e f g h i", None), ("00000-0000001-2", None),
    ],
)  # fmt: skip
def test_read_name(text: str, name: str | None) -> None:
    assert read_name(text) == name


@pytest.mark.parametrize(
    ("text", "links"),
    [
        (
            "https://example.test/p?igshid=abc&x=1\n@bad_one\nInvented Display\n0300 0000001",
            Links(("https://example.test/p?x=1",), ("@bad_one", "Invented Display"), (PHONE,)),
        ),
        ("www.example.com/a، example.com/b", Links(("https://www.example.com/a", "https://example.com/b"))),
        ("hxxp://example.test/x.", Links(("http://example.test/x",))),
        ("Invented.Person@Example.org", Links((), ("invented.person@example.org",))),
        ("bad.user99", Links((), ("bad.user99",))),
        ("۰۳۰۰ ۰۰۰۰۰۰۱", Links((), (), (PHONE,))),
        ("call him 0300 0000001", Links((), (), (PHONE,))),
        ("+44 20 7946 0000", Links((), (), ("+442079460000",))),
        ("00000-0000001-2", Links()), ("0000000000012", Links()), ("facebook", Links()),
        ("I don't know", Links()), ("پتہ نہیں", Links()), ("ਪਤਾ ਨਹੀਂ", Links()), ("", Links()),
        ("he sends me messages from many accounts", Links()),
        ("https://a.example/x https://A.example/x/", Links(("https://a.example/x",))),
    ],
)  # fmt: skip
def test_read_links(text: str, links: Links) -> None:
    assert read_links(text) == links


def test_links_of_the_parse_come_first_and_once() -> None:
    entities = (
        ("url", "https://x.example/p/1"),
        ("handle", "@a_b"),
        ("phone", PHONE),
        ("city", "Lahore"),
    )
    expected = Links(("https://x.example/p/1",), ("@a_b",), (PHONE,))
    assert read_links("x.example https://x.example/p/1 @a_b 0300-0000001", entities) == expected
    assert read_links("", entities) == expected


@pytest.mark.parametrize(
    ("text", "platform"),
    [
        ("whatsapp par", Platform.WHATSAPP), ("واٹس ایپ", Platform.WHATSAPP),
        ("ਫੇਸਬੁੱਕ", Platform.FACEBOOK), ("فيس بڪ", Platform.FACEBOOK), ("x", Platform.X),
        ("reddit", Platform.OTHER), ("https://www.instagram.com/p/1", Platform.INSTAGRAM),
        ("https://t.me/abc", Platform.TELEGRAM), ("fb messenger", Platform.MESSENGER),
        ("he said x and then y to me", None), ("https://notfacebook.com/x", None), ("", None),
    ],
)  # fmt: skip
def test_read_platform(text: str, platform: Platform | None) -> None:
    assert read_platform(text) == platform


def test_a_platform_of_the_parse_comes_first() -> None:
    assert read_platform("x", [("platform", "snapchat")]) is Platform.SNAPCHAT
    assert read_platform("x", [("platform", "onlyfans")]) is Platform.OTHER
    assert read_platform("", [("url", "https://www.tiktok.com/@a")]) is Platform.TIKTOK


@pytest.mark.parametrize(
    ("text", "city", "province"),
    [
        ("Lahore", "Lahore", Province.PUNJAB), ("ਲਾਹੌਰ", "Lahore", Province.PUNJAB),
        ("میں کراچی میں رہتی ہوں", "Karachi", Province.SINDH),
        ("Quetta, Balochistan", "Quetta", Province.BALOCHISTAN),
        ("Invented Village, Sindh", "Invented Village, Sindh", Province.SINDH),
        ("I live in Invented Village", "Invented Village", None), ("کوئی گاؤں", "کوئی گاؤں", None),
        ("?", None, None), ("", None, None), ("1234", None, None),
        ("https://a.example", None, None),
        ("x" * 65, None, None),
    ],
)  # fmt: skip
def test_read_city(text: str, city: str | None, province: Province | None) -> None:
    assert read_city(text) == (city, province)


def test_a_city_of_the_parse_comes_first() -> None:
    assert read_city("", [("city", "Quetta")]) == ("Quetta", Province.BALOCHISTAN)
    assert read_city("x", [("city", "Lahore"), ("province", "Punjab")]) == (
        "Lahore",
        Province.PUNJAB,
    )


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("screenshots of the chat, voice note", ["screenshot", "audio"]),
        ("1. رسید\n2. link https://a.example/x", ["payment_record", "url"]),
        ("سکرین شاٹ، آڈیو، میسج", ["screenshot", "audio", "chat_export"]),
        ("ਸਕ੍ਰੀਨਸ਼ਾਟ; ਰਸੀਦ", ["screenshot", "payment_record"]),
        ("FIR copy", ["document"]), ("doctor ki report", ["medical_paper"]),
        ("my sister saw it", ["statement"]), ("emails", ["email_headers"]),
        ("10,000 rupees sent by bank", ["payment_record"]), ("", []), (" ,,، \n-", []),
    ],
)  # fmt: skip
def test_kinds_of_evidence(text: str, kinds: list[str]) -> None:
    assert [one.kind for one in read_evidence(text, minor=False)] == [
        EvidenceKind(k) for k in kinds
    ]


@pytest.mark.parametrize(
    "text",
    ["nude pic he sent", "میری ننگی تصویر", "meri gandi video", "ਨੰਗੀ ਤਸਵੀਰ", "private video"],
)
def test_what_is_intimate_is_marked(text: str) -> None:
    assert read_evidence(text, minor=False)[0].contains_intimate
    assert not read_evidence("receipt of the bank", minor=False)[0].contains_intimate


def test_of_a_minor_every_piece_is_marked() -> None:
    assert all(one.involves_minor for one in read_evidence("chat, link", minor=True))


def test_there_is_an_end_to_evidence() -> None:
    found = read_evidence("a long description " * 60 + "\n" + "receipt\n" * 80, minor=False)
    assert len(found) == MAX_EVIDENCE
    assert len(found[0].description) <= 500


ENTITIES = st.lists(
    st.tuples(
        st.sampled_from(["url", "handle", "phone", "email", "city", "province", "platform"]), texts
    ),
    max_size=4,
)


@calm
@given(texts, ENTITIES)
def test_any_text_gives_what_the_schema_takes(text: str, entities: list[tuple[str, str]]) -> None:
    links = read_links(text, entities)
    city, province = read_city(text, entities)
    Draft(
        urls=list(links.urls),
        handles=list(links.handles),
        suspect_phones=list(links.phones),
        platform=read_platform(text, entities),
        city=city,
        province=province,
        name=read_name(text),
        evidence=read_evidence(text, minor=False),
    )


@calm
@given(st.sampled_from(["Invented Person", "کوئی شخص", "ਕੋਈ ਬੰਦਾ", "ڪو ماڻهو"]), st.data())
def test_a_name_survives_invisible_signs(name: str, data: st.DataObject) -> None:
    gaps = st.sampled_from(["", *INVISIBLE])
    assert read_name("".join(sign + data.draw(gaps) for sign in name)) == name
