"""Entities made of figures: telephones, cards, money, ages, dates, in every language."""

from __future__ import annotations

from typing import Any

import pytest

from tests.bot.test_entities import found


def rupees(amount: int) -> dict[str, Any]:
    """The value of an amount of money."""
    return {"amount": amount, "currency": "PKR"}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0300 0000123", "+923000000123"),
        ("0300-0000123", "+923000000123"),
        ("03000000123", "+923000000123"),
        ("+92 300 0000 123", "+923000000123"),
        ("+92-(0)300-0000123", "+923000000123"),
        ("0092 300 0000123", "+923000000123"),
        ("923000000123", "+923000000123"),
        ("۰۳۰۰ ۰۰۰۰۱۲۳", "+923000000123"),
        ("٠٣٠٠٠٠٠٠١٢٣", "+923000000123"),
        ("੦੩੦੦ ੦੦੦੦੧੨੩", "+923000000123"),
        ("042-35550000", "+924235550000"),
        ("(021) 35550000", "+922135550000"),
        ("081 2550000", "+92812550000"),
        ("+44 7700 900123", "+447700900123"),
        ("0800-00000", "080000000"),
    ],
)
def test_a_telephone_number_has_one_form(text: str, value: str) -> None:
    assert found(f"call {text} please") == [("phone", value)]


def test_what_follows_a_number_is_not_part_of_it() -> None:
    assert found("0300 0000123 14 saal ki hun", "ur") == [("phone", "+923000000123"), ("age", 14)]


@pytest.mark.parametrize(
    "text", ["3000000123", "it is 300000012345", "1234567890123", "1099", "15", "12-34-56"]
)
def test_a_row_of_digits_alone_is_no_telephone(text: str) -> None:
    assert found(text, "en") == []


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("his number 3000000123", "en"),
        ("uska nambar 3000000123", "ur"),
        ("نمبر 3000000123 ہے", "ur"),
        ("شمېره یې 3000000123", "ps"),
        ("هن جو نمبر 3000000123", "sd"),
        ("ਨੰਬਰ 3000000123", "pa"),
        ("لمبر 3000000123", "bal"),
    ],
)
def test_beside_a_word_for_it_a_bare_number_is_a_telephone(text: str, language: str) -> None:
    assert found(text, language, "phone") == [("phone", "+923000000123")]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("35202-0000000-1", None),
        ("35202 0000000 1", None),
        ("۳۵۲۰۲-۰۰۰۰۰۰۰-۱", "ur"),
        ("35202–0000000–1", "en"),
        ("my cnic is 3520200000001", "en"),
        ("mera shanakhti card 3520200000001", "ur"),
        ("میرا شناختی کارڈ ۳۵۲۰۲۰۰۰۰۰۰۰۱ ہے", "ur"),
        ("د پېژندپاڼې شناختي کارډ ۳۵۲۰۲۰۰۰۰۰۰۰۱", "ps"),
        ("سڃاڻپ ڪارڊ 3520200000001", "sd"),
        ("ਸ਼ਨਾਖ਼ਤੀ ਕਾਰਡ ੩੫੨੦੨੦੦੦੦੦੦੦੧", "pa"),
    ],
)
def test_a_card_number_has_one_form(text: str, language: str | None) -> None:
    assert found(text, language) == [("cnic", "35202-0000000-1")]


@pytest.mark.parametrize(
    "text",
    ["3520200000001", "order 3520200000001 shipped", "card 1111111111111", "352020-000000-1",
     "135202-0000000-1", "card 35202000000011"],
)  # fmt: skip
def test_thirteen_digits_alone_are_no_card(text: str) -> None:
    assert found(text, "en") == []


@pytest.mark.parametrize(
    ("text", "language", "amount"),
    [
        ("he wants 50,000 rupees", "en", 50_000),
        ("Rs. 500", "en", 500),
        ("PKR 1,50,000", "en", 150_000),
        ("send 5k ransom", "en", 5_000),
        ("they demand 2.5 crore", "en", 25_000_000),
        ("50 hazar maang raha hai", "ur", 50_000),
        ("do lakh pachas hazar rupay", "ur", 250_000),
        ("sarhe teen lakh rupay", "ur", 350_000),
        ("dedh lakh rupay", "ur", 150_000),
        ("15 hazar do warna", "ur", 15_000),
        ("پچاس ہزار روپے مانگے", "ur", 50_000),
        ("۵ لاکھ روپے", "ur", 500_000),
        ("پنځوس زره روپۍ غواړي", "ps", 50_000),
        ("۲ لکه کلدارې", "ps", 200_000),
        ("panzos zara rupai ghwari", "ps", 50_000),
        ("پنجاهه هزار رپيا گهري ٿو", "sd", 50_000),
        ("20 hazar rupya ghure tho", "sd", 20_000),
        ("پنجاہ ہزار کلدار لوٹیت", "bal", 50_000),
        ("bist hazar zar lotit", "bal", 20_000),
        ("پنجاہ ہزار روپے منگدا اے", "pa", 50_000),
        ("ਪੰਜਾਹ ਹਜ਼ਾਰ ਰੁਪਏ ਮੰਗਦਾ", "pa", 50_000),
        ("pachaas hazar mangda ae", "pa", 50_000),
    ],
)
def test_money_is_counted_in_rupees(text: str, language: str, amount: int) -> None:
    assert found(text, language) == [("money", rupees(amount))]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("3 lakh bachon ko qatray pilaye", "ur"),
        ("do hazar unnees mein paise nahi thay", "ur"),
        ("دفعہ تین سو دو میں صلح", "ur"),
        ("500 dollars per month he wants", "en"),
        ("the page gives a 404, send help", "en"),
        ("2024 mein paise diye", "ur"),
        ("50 hazar log", "ur"),
        ("owa zara metra uchat de", "ps"),
    ],
)
def test_other_numbers_are_no_money(text: str, language: str) -> None:
    assert found(text, language, "money") == []


@pytest.mark.parametrize(
    ("text", "language", "years"),
    [
        ("I am 15 and scared", "en", 15),
        ("a 14-year-old girl", "en", 14),
        ("my daughter is thirteen years old", "en", 13),
        ("14 saal ki hun", "ur", 14),
        ("main chaudah saal ki larki", "ur", 14),
        ("meri umar sirf 16 hai", "ur", 16),
        ("پندرہ سال کی بچی", "ur", 15),
        ("میری عمر ۱۵ سال ہے", "ur", 15),
        ("زه د ۱۴ کالو یم", "ps", 14),
        ("شپاړس کلنه خور", "ps", 16),
        ("umar me 16 kala de", "ps", 16),
        ("za 14 kalo yam", "ps", 14),
        ("مان چوڏهن سالن جي آهيان", "sd", 14),
        ("سندس عمر ۱۳ سال", "sd", 13),
        ("terhan saal ji chhokri", "sd", 13),
        ("من چاردہ سالگ آں", "bal", 14),
        ("من بیست ءُ دو سالہ آں", "bal", 22),
        ("man panzdah sal e an", "bal", 15),
        ("میں 15 ورھیاں دی آں", "pa", 15),
        ("ਮੈਂ ੧੬ ਸਾਲ ਦੀ ਹਾਂ", "pa", 16),
        ("mai 14 saal di aan", "pa", 14),
    ],
)
def test_an_age_is_years(text: str, language: str, years: int) -> None:
    assert found(text, language, "age") == [("age", years)]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("in 2024 he came", "en"),
        ("what do i do", "en"),
        ("I am 5 minutes away", "en"),
        ("I am a boy", "en"),
        ("she sent one old picture", "en"),
        ("3 years of abuse", "en"),
        ("3 saal ki dosti", "ur"),
        ("10 saal ki qaid", "ur"),
        ("5 saal se tang kar raha", "ur"),
        ("umar qaid 14 saal", "ur"),
        ("umar ne 5 lakh liye", "ur"),
        ("130 saal ki imarat", "ur"),
        ("دس سال قید ہوئی", "ur"),
        ("د درې کالو راسې", "ps"),
        ("dre kalo ke", "ps"),
        ("سے سال انت", "bal"),
        ("ਤਿੰਨ ਸਾਲ ਦੀ ਦੋਸਤੀ", "pa"),
        ("ٽن سالن جي دوستي", "sd"),
    ],
)
def test_a_year_or_a_span_is_no_age(text: str, language: str) -> None:
    assert found(text, language, "age") == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("25/03/2026", "2026-03-25"),
        ("3/25/2026", "2026-03-25"),
        ("2026-03-25", "2026-03-25"),
        ("25-3-26", "2026-03-25"),
        ("۲۵/۰۳/۲۰۲۶", "2026-03-25"),
        ("25 March 2026", "2026-03-25"),
        ("march 25th 2026", "2026-03-25"),
        ("25 مارچ", "--03-25"),
        ("مارچ 2026", "2026-03"),
        ("12 tareekh ko", "---12"),
    ],
)
def test_a_date_is_iso(text: str, value: str) -> None:
    assert found(text, "ur") == [("date", value)]


@pytest.mark.parametrize("text", ["31/02/2026", "1.2.34", "24/7", "45/45/2026", "may 5 people"])
def test_an_impossible_date_is_none(text: str) -> None:
    assert found(text, "en", "date") == []
