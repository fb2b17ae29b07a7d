"""What is never collected is refused by its name, and a typed secret is noticed."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amaan.errors import InputError
from intake.never import NEVER, NeverCollectedError, forbidden, holds_secret, reject_forbidden
from intake.schema import Complaint, Draft, Evidence
from tests.intake.drafts import made, whole_draft
from tests.intake.properties import calm


@pytest.mark.parametrize("name", sorted(NEVER))
def test_every_name_is_refused_wherever_a_mapping_is_read(name: str) -> None:
    for sent in ({name: "secret value"}, {"evidence": [{name: "secret value"}]}):
        with pytest.raises(NeverCollectedError) as told:
            Draft.model_validate(sent)
        assert told.value.name == forbidden(name)
        assert "secret value" not in str(told.value)
    whole = made(whole_draft())
    with pytest.raises(NeverCollectedError):
        Complaint.model_validate(whole.model_dump() | {name: "x"})


@pytest.mark.parametrize(
    "name",
    ["Password", "user_password", "otpCode", "OTP", "PIN-Code", "gps_lat", "evidenceImage",
     "religionOfVictim", "sexual-history", "face id", "FILE", "thumbnail_url"],
)  # fmt: skip
def test_other_spellings_are_the_same_name(name: str) -> None:
    assert forbidden(name)


def test_no_field_of_ours_is_refused() -> None:
    whole = made(whole_draft())
    for data in (whole.model_dump(), whole_draft().model_dump(), Evidence().model_dump()):
        assert reject_forbidden(data) is data


def test_what_is_nested_without_end_is_refused() -> None:
    deep: Any = {}
    for _ in range(200):
        deep = {"a": deep}
    with pytest.raises(InputError):
        reject_forbidden(deep)


@pytest.mark.parametrize(
    "text",
    [
        "my password is sunflower", "password: blue sky", "password=abcd", "pass word abc123",
        "mera password abc123 hai", "abc123 mera password hai", "otp 123456", "OTP is 445 566",
        "the otp code is 123456", "pin 1234", "My PIN is ۱۲۳۴", "123456 is my otp",
        "او ٹی پی ۱۲۳۴۵۶", "میرا پاس ورڈ abc123 ہے", "پاسورڈ: گلاب", "پن کوڈ 4455",
        "ਪਾਸਵਰਡ abc123", "ਓਟੀਪੀ ੧੨੩੪੫੬", "زما پاسورډ abc123 دی", "منهنجو پاسورڊ abc123 آهي",
        "verification code 123-456", "code 123456", "p\u200bassword: abcd", "passwórd: abcd",
    ],
)  # fmt: skip
def test_a_typed_secret_is_noticed(text: str) -> None:
    assert holds_secret(text)
    assert holds_secret(
        "She wrote a long story before. " * 60 + text
    )  # beyond what is read at once


@pytest.mark.parametrize(
    "text",
    [
        "he took my password", "he knows the password of my account", "my password is stolen",
        "he changed my password in 2024", "mera password us ke paas hai",
        "he asked for the otp and took 50000", "unho ne otp mangi phir 50000 le gaye",
        "وہ میرا پاس ورڈ جانتا ہے", "0300 0000001", "00000-0000001-2", "Lahore",
        "section 21 code 1860", "post code 54000",
        "my code is ABCD-EFGH-2345", "my password was changed on 12/05/2026", "he pinned a post",
        "", "code",
        "ਉਸਨੇ ਮੇਰਾ ਪਾਸਵਰਡ ਬਦਲ ਦਿੱਤਾ",
    ],
)  # fmt: skip
def test_telling_of_a_secret_is_none(text: str) -> None:
    assert not holds_secret(text)


@calm
@given(st.text(max_size=400))
def test_any_text_can_be_asked_about(text: str) -> None:
    assert holds_secret(text) in (True, False)
