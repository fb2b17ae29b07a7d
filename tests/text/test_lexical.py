"""The rules: they hear danger in every variant, keep quiet at idioms, and are quick."""

from __future__ import annotations

from pathlib import Path

import pytest

from amaan.text import command, language_named, screen
from amaan.text.lexicon import COLUMNS, FOLDER, LexiconError, load, read

SUICIDE = {
    "en-Latn": "I want to kill myself tonight",
    "ur-Arab": "میں جینا نہیں چاہتی آج رات سب ختم کر دوں گی",
    "ur-Latn": "main jeena nahi chahti",
    "pa-Arab": "میں جینا نئیں چاہندی",
    "pa-Latn": "main apne aap nu muka lena",
    "pa-Guru": "ਮੈਂ ਖੁਦਕੁਸ਼ੀ ਕਰਨ ਲੱਗੀ ਹਾਂ",
    "sd-Arab": "مان آپگهات ڪندس",
    "sd-Latn": "maan paan khe khatam kandas",
    "ps-Arab": "زه ځان وژنم",
    "ps-Latn": "za zan wajnam",
    "bal-Arab": "من وتا کشاں",
    "bal-Latn": "man wata koshan",
}
HARM = {
    "en-Latn": "he said he will kill me",
    "ur-Arab": "وہ کہتا ہے جان سے مار دوں گا",
    "ur-Latn": "bhai ne kaha zinda nahi chorunga",
    "pa-Arab": "آکھدے نیں ٹوٹے کر دیاں گے",
    "pa-Latn": "oh kehnda tenu nai chadna goli maar daan ga",
    "pa-Guru": "ਉਹ ਕਹਿੰਦਾ ਮਾਰ ਦੇਵਾਂਗਾ",
    "sd-Arab": "چون ٿا ڪاري آهي ماري ڇڏينداسين",
    "sd-Latn": "bhau chave tho mari chadindus",
    "ps-Arab": "ورور مې وايي چې وژنم دې، مړه مې کوي",
    "ps-Latn": "wror me wazhni",
    "bal-Arab": "منا کشنت",
    "bal-Latn": "brat mana koshant",
}


@pytest.mark.parametrize("variant", sorted(SUICIDE))
def test_suicide_is_heard(variant: str) -> None:
    found = screen(SUICIDE[variant])
    assert (found.level, found.kind) == ("critical", "suicide")
    assert found.why


@pytest.mark.parametrize("variant", sorted(HARM))
def test_harm_is_heard(variant: str) -> None:
    found = screen(HARM[variant])
    assert (found.level, found.kind) == ("critical", "harm")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "phone mar gaya tha sorry",
        "ہنس ہنس کے مر گئی",
        "gharmi ne maar dala yaar",
        "lol im dead haha",
        "sadqe jaun meri jaan",
        "main marna nahi chahti, bas tasveer hatwani hai",
        "کل کراچی میں بارش ہوگی؟",
        "غیرت کے نام پر قتل کی کیا سزا ہے قانون میں",
    ],
)
def test_idioms_questions_and_everyday_are_quiet(text: str) -> None:
    found = screen(text)
    assert found.level == "none"
    assert found.why == ()


def test_an_idiom_with_another_sign_is_asked_about() -> None:
    assert screen("sharam se mar jaungi, video viral ho gayi").level != "none"


def test_somebody_else_is_noticed() -> None:
    assert screen("my friend says she wants to kill herself").who == "other"
    assert screen("i want to kill myself").who == "self"


def test_what_stands_beside_a_danger_is_told_whatever_its_level() -> None:
    found = screen("he will kill me tonight for the honour of the family, he has a gun")
    assert [reason.split(".")[1] for reason in found.beside] == ["honour", "means", "time"]
    asked = screen("غیرت کے نام پر قتل کی کیا سزا ہے قانون میں")
    assert (asked.level, asked.why) == ("none", ())
    assert ".honour." in asked.beside[0]
    assert screen("hello").beside == ()


@pytest.mark.parametrize(
    "text",
    [
        "for myself", "it is for my friend, call me later", "main khud, apne liye", "woman",
        "میرے اپنے لیے", "زما لپاره", "منهنجي دوست لاءِ", "man wati haatira", "skip", "نہیں",
        "my phone, nobody checks it", "Punjab", "delete my account there",
    ],
)  # fmt: skip
def test_words_of_forms_menus_and_commands_are_no_danger(text: str) -> None:
    assert screen(text).level == "none"


@pytest.mark.parametrize(
    "text",
    [
        "mar " * 700,
        "a" * 2000,
        "main nahi " * 300,
        "ja" * 1000,
        "میں مر جاؤں " * 200,
        "kill my " * 400,
    ],
)
def test_two_thousand_characters_of_danger_words_are_read(text: str) -> None:
    # What it costs is measured by `make bench`, among the hostile texts.
    found = screen(text)
    assert found.level in {"none", "elevated", "critical"}
    assert len(found.why) <= 8


def test_every_list_is_well_formed() -> None:
    rules = load()
    assert len(rules) > 700
    assert len({(rule.id, rule.items) for rule in rules}) == len(rules)
    for path in FOLDER.glob("*.tsv"):
        assert path.read_text(encoding="utf-8").splitlines()[0] == "\t".join(COLUMNS)


def test_a_malformed_list_names_its_line(tmp_path: Path) -> None:
    path = tmp_path / "x.tsv"
    path.write_text("\t".join(COLUMNS) + "\nx\tur\tharm\tcritical\trisk\tdraft\t.. a\n")
    with pytest.raises(LexiconError, match=r"x\.tsv:2"):
        list(read(path))


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("erase", "erase"),
        ("Delete chat!", "erase"),
        ("sab mita do", "erase"),
        ("مٹا دو", "erase"),
        ("پاک یې کړه", "erase"),
        ("STOP", "stop"),
        ("بند ڪريو", "stop"),
        ("start", "start"),
        ("insaan", "human"),
        ("انسان", "human"),
        ("person", "human"),
        ("delete everything he posted about me", None),
        ("stop him", None),
        ("", None),
    ],
)
def test_commands_are_whole_messages(text: str, word: str | None) -> None:
    assert command(text) == word


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("urdu", "ur-Latn"),
        ("اردو", "ur-Arab"),
        ("پښتو", "ps-Arab"),
        ("roman sindhi", "sd-Latn"),
        ("balochi", "bal-Latn"),
        ("English", "en-Latn"),
        ("انگریزی", "en-Latn"),
        ("my urdu teacher", None),
    ],
)
def test_languages_are_named(text: str, tag: str | None) -> None:
    assert language_named(text) == tag
