"""Entities made of listed words: platforms, places, times, relations, in every language."""

from __future__ import annotations

import pytest

from amaan.text import normalise
from bot.entities import extractor
from tests.bot.test_entities import found


@pytest.mark.parametrize(
    ("text", "language", "value"),
    [
        ("watsapp", "en", "whatsapp"),
        ("واٹس ایپ", "ur", "whatsapp"),
        ("واټساپ", "ps", "whatsapp"),
        ("واٽس ايپ", "sd", "whatsapp"),
        ("ਵਟਸਐਪ", "pa", "whatsapp"),
        ("فیس بک ءَ", "bal", "facebook"),
        ("fb par", "ur", "facebook"),
        ("ٹک ٹاک", "pa", "tiktok"),
        ("video on x", "en", "x"),
        ("پب جی", "ur", "game_chat"),
        ("loan app wale", "ur", "loan_app"),
    ],
)
def test_a_platform_has_one_name(text: str, language: str, value: str) -> None:
    assert found(text, language) == [("platform", value)]


@pytest.mark.parametrize(
    "text", ["instant coffee", "installment", "insta2024", "a traffic signal", "x is a letter",
             "reinstagrammed", "thread of wool"],
)  # fmt: skip
def test_part_of_a_word_is_no_platform(text: str) -> None:
    assert found(text, "en") == []


@pytest.mark.parametrize(
    ("text", "language", "city", "province"),
    [
        ("i live in quetta", "en", "Quetta", "Balochistan"),
        ("کوئٹہ میں", "ur", "Quetta", "Balochistan"),
        ("کوہیٹہ ءَ", "bal", "Quetta", "Balochistan"),
        ("gwadar a", "bal", "Gwadar", "Balochistan"),
        ("پېښور کې", "ps", "Peshawar", "Khyber Pakhtunkhwa"),
        ("pekhawar ke", "ps", "Peshawar", "Khyber Pakhtunkhwa"),
        ("ڪراچيءَ ۾", "sd", "Karachi", "Sindh"),
        ("larkane me", "sd", "Larkana", "Sindh"),
        ("لہوروں", "pa", "Lahore", "Punjab"),
        ("ਲਾਹੌਰੋਂ", "pa", "Lahore", "Punjab"),
        ("rahim yar khan se", "ur", "Rahim Yar Khan", "Punjab"),
        ("bagh city", "en", "Bagh", "Azad Jammu and Kashmir"),
        ("kasur mein rehti hun", "ur", "Kasur", "Punjab"),
        ("ضلع زیارت", "ur", "Ziarat", "Balochistan"),
        ("زه د کرک نه یم", "ps", "Karak", "Khyber Pakhtunkhwa"),
    ],
)
def test_a_city_knows_its_province(text: str, language: str, city: str, province: str) -> None:
    (one,) = extractor().find(normalise(text), language)
    assert (one.entity, one.value, one.more) == ("city", city, (("province", province),))


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("mera qasoor nahi", "ur"),
        ("اس میں میرا قصور کیا ہے", "ur"),
        ("bagh mein baithi", "ur"),
        ("water tank is empty", "en"),
        ("مزار کی زیارت کی", "ur"),
        ("دیر سے آیا", "ur"),
        ("چمن میں پھول", "ur"),
        ("په کوټه کې بند یم", "ps"),
        ("jhang_boy likhta", "ur"),
        ("dadu ammi", "sd"),
        ("جهنگ ۾ شينهن", "sd"),
    ],
)
def test_words_and_names_are_no_cities(text: str, language: str) -> None:
    assert found(text, language, "city") == []


@pytest.mark.parametrize(
    ("text", "language", "value"),
    [
        ("Punjab police", "en", "Punjab"),
        ("بلوچستان", "bal", "Balochistan"),
        ("kpk", "ur", "Khyber Pakhtunkhwa"),
        ("خیبر پښتونخوا", "ps", "Khyber Pakhtunkhwa"),
        ("سنڌ", "sd", "Sindh"),
        ("ਪੰਜਾਬ", "pa", "Punjab"),
        ("آزاد کشمیر", "ur", "Azad Jammu and Kashmir"),
        ("gilgit baltistan", "en", "Gilgit-Baltistan"),
    ],
)
def test_a_province_has_one_name(text: str, language: str, value: str) -> None:
    assert found(text, language) == [("province", value)]


@pytest.mark.parametrize(
    ("text", "language", "value"),
    [
        ("tonight", "en", "tonight"),
        ("aaj raat", "ur", "tonight"),
        ("آج رات", "ur", "tonight"),
        ("نن شپه", "ps", "tonight"),
        ("nan shpa", "ps", "tonight"),
        ("اڄ رات", "sd", "tonight"),
        ("aj raat", "sd", "tonight"),
        ("اج راتیں", "pa", "tonight"),
        ("ਅੱਜ ਰਾਤ", "pa", "tonight"),
        ("ajj raati", "pa", "tonight"),
        ("انشپی", "bal", "tonight"),
        ("enshapi", "bal", "tonight"),
        ("saba sahar", "ps", "tomorrow_morning"),
        ("سبا سحر", "ps", "tomorrow_morning"),
        ("سڀاڻي", "sd", "tomorrow"),
        ("banda", "bal", "tomorrow"),
        ("ਭਲਕੇ", "pa", "tomorrow"),
        ("kal wo aaya tha", "ur", "yesterday"),
        ("kal shaadi hogi", "ur", "tomorrow"),
        ("کل نکاح", "ur", "yesterday_or_tomorrow"),
        ("ਕੱਲ੍ਹ ਆਇਆ ਸੀ", "pa", "yesterday"),
        ("peer ko", "ur", "monday"),
        ("د زیارت په ورځ", "ps", "thursday"),
        ("3 days ago", "en", "3 days ago"),
        ("do hafte pehle", "ur", "2 weeks ago"),
        ("hafta pehle", "ur", "week ago"),
        ("دوه میاشتې مخکې", "ps", "2 months ago"),
        ("ٻه سال اڳ", "sd", "2 years ago"),
        ("سئے سال پیسر", "bal", "3 years ago"),
        ("10 pm", "en", "22:00"),
        ("at 10:30 pm", "en", "22:30"),
        ("5 baje", "ur", "5 o'clock"),
    ],
)
def test_a_time_word_has_one_value(text: str, language: str, value: str) -> None:
    assert found(text, language, "time") == [("time", value)]


def test_the_nearest_part_of_the_day_tells_the_hour() -> None:
    assert found("5 baje subah, raat 10 baje", "ur") == [
        ("time", "05:00"), ("time", "morning"), ("time", "night"), ("time", "22:00"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("za ba lar sham", "ps"),
        ("peer sahab ne", "ur"),
        ("now 4 men came", "sd"),
        ("shab e barat", "ur"),
    ],
)
def test_a_look_alike_is_no_evening_or_day(text: str, language: str) -> None:
    assert found(text, language, "date") == []
    assert ("time", "evening") not in found(text, language)
    assert ("time", "monday") not in found(text, language)
    assert ("time", "night") not in found(text, language)


@pytest.mark.parametrize(
    ("text", "language", "value"),
    [
        ("my husband", "en", "husband"),
        ("my brother-in-law", "en", "brother_in_law"),
        ("ex husband", "en", "ex_husband"),
        ("mera shohar", "ur", "husband"),
        ("میرے بھائیوں نے", "ur", "brother"),
        ("ورور مې", "ps", "brother"),
        ("da tra zoy", "ps", "cousin"),
        ("ڀاءُ", "sd", "brother"),
        ("ڌيءَ کي", "sd", "daughter"),
        ("murs", "sd", "husband"),
        ("بھرا", "pa", "brother"),
        ("ਪਤੀ", "pa", "husband"),
        ("منی برات", "bal", "brother"),
        ("mni gohar", "bal", "sister"),
        ("mangetar", "ur", "fiance"),
        ("ملګري", "ps", "friend"),
        ("پاڙيسري", "sd", "neighbour"),
        ("ਸਹੁਰਿਆਂ", "pa", "in_laws"),
        ("wasirk", "bal", "father_in_law"),
    ],
)
def test_a_relation_has_one_name(text: str, language: str, value: str) -> None:
    assert found(text, language, "relation") == [("relation", value)]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("بازار مان آيو", "sd"),  # "from", not mother
        ("اج تے بڑا رش اے", "pa"),  # "and", not daughter
        ("meri baat maan lo", "ur"),
        ("ma ta pata de", "ps"),  # "to me"
        ("paani pee lo", "sd"),
        ("mujhe kaari kaha", "ur"),  # the accusation, not a reciter
        ("is that valid", "en"),
        ("yaar kya karun", "ur"),
    ],
)
def test_a_look_alike_is_no_relation(text: str, language: str) -> None:
    assert found(text, language, "relation") == []
