"""Plain words that somebody means to kill the writer, also in a message about an account."""

from __future__ import annotations

import pytest

from amaan.text import screen
from amaan.text.lexicon import FOLDER, read
from amaan.words import VARIANTS

THREATS = {
    "ur-Latn": [
        "bhai ko pata chal gaya wo mujhe maar dega, fb account band karo",
        "wo mujhe maar dega account hack hogya",
        "abbu ko pata chala to mujhe jaan se maar denge account band karwa do",
    ],
    "ur-Arab": ["وہ مجھے مار دے گا اکاؤنٹ بند کروا دیں", "بھائی میری جان لے لے گا، آئی ڈی ہٹا دیں"],
    "pa-Latn": ["oh menu maar dega account band kro", "menu jeonda nai chhadna ohne, id kisdi ae"],
    "pa-Arab": ["اوہ مینوں مار دیوے گا، اکاؤنٹ بند کراؤ"],
    "pa-Guru": ["ਉਹ ਮੈਨੂੰ ਮਾਰ ਦੇਵੇਗਾ, ਅਕਾਊਂਟ ਬੰਦ ਕਰੋ"],
    "sd-Arab": ["ڀاءُ مون کي ماري ڇڏيندو، اڪائونٽ بند ڪرايو", "هو مونکي جيئرو نه ڇڏيندو"],
    "sd-Latn": ["bha mokhe mare chadindo account band karayo"],
    "ps-Arab": ["ورور به مې ووژني اکاونټ بند کړئ", "هغه به ما مړه کړي"],
    "ps-Latn": ["zama wror ba ma wajni account band krai"],
    "bal-Arab": ["برات منا کشیت اکاؤنٹ ءَ بند کن"],
    "bal-Latn": ["brath mana kushit account a band kan"],
    "en-Latn": ["my brother will kill me, please close the fb account"],
}


@pytest.mark.parametrize(
    ("variant", "text"), [(tag, text) for tag, texts in THREATS.items() for text in texts]
)
def test_a_plain_threat_is_heard_beside_an_account(variant: str, text: str) -> None:
    found = screen(text)
    assert (found.level, found.kind, found.on_life) == ("critical", "harm", True), variant


HIDING = {
    "ur-Latn": ["woh darwaze pe hai main kahan chupun", "kidhar chhup jaun wo aa gaye"],
    "ur-Arab": ["وہ دروازے پر ہے، کہاں چھپوں"],
    "pa-Latn": ["oh boohe te khlota ae main kithe lukan"],
    "pa-Arab": ["اوہ بوہے تے اے، میں کتھے لکاں"],
    "pa-Guru": ["ਉਹ ਬੂਹੇ ਤੇ ਹੈ ਮੈਂ ਕਿੱਥੇ ਲੁਕਾਂ"],
    "sd-Arab": ["هو دروازي تي بيٺو آهي ڪٿي لڪان"],
    "sd-Latn": ["ho aayo ahe kithe lukan"],
    "ps-Arab": ["هغه راغی، چېرته پټه شم"],
    "ps-Latn": ["hagha darwaze ta walar de, cherta pata sham"],
    "bal-Arab": ["آ اتک، من کجا چیر بیاں"],
    "bal-Latn": ["aa dar e dema int man kuja cher bayan"],
    "en-Latn": ["where can i hide hes here", "he is at the door, where can I hide"],
}


@pytest.mark.parametrize(
    ("variant", "text"), [(tag, text) for tag, texts in HIDING.items() for text in texts]
)
def test_whoever_asks_where_to_hide_is_heard(variant: str, text: str) -> None:
    found = screen(text)
    assert (found.level, found.kind, found.on_life) == ("critical", "harm", True), variant


def test_every_variant_has_them() -> None:
    assert set(THREATS) == set(HIDING) == {*VARIANTS, "pa-Guru"}
    written = {rule.variant for rule in read(FOLDER / "life.tsv")}
    assert written == {tag.split("-")[0] for tag in THREATS}


@pytest.mark.parametrize(
    "text",
    [
        "i killed the account", "he killed my reputation", "mom will kill me lol",
        "ammi mujhe maar dengi cup toot gaya haha", "account band karo", "phone mar gaya",
        "mujhe maar pari thi bachpan mein", "how do i hide my number on whatsapp",
        "where can i hide my pictures in the phone", "apni dp kahan se hide karun",
        "tasveerein kahan chupaun", "kahan chup ho gaye ho",
        "شڪايت ڪٿي لکان", "report kithe likhan", "شکایت کتھے لکھاں",
    ],
)  # fmt: skip
def test_jest_and_accounts_are_no_threat(text: str) -> None:
    found = screen(text)
    assert not found.on_life or "soft" in found.roles or "idiom" in found.roles
    assert found.level != "critical"
