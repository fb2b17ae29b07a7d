"""One-time codes: which steps count, what is no code, the picture of the secret."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pyotp
import pytest
import segno
from hypothesis import given
from hypothesis import strategies as st

from handoff.second_factor import WrongCodeError, matching_step, new_setup

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@given(st.integers(0, 2**33), st.integers(-4, 4))
def test_a_code_counts_one_step_either_way_and_once(seconds: int, off: int) -> None:
    now = datetime.fromtimestamp(10_000 + seconds, UTC)
    present = int(now.timestamp()) // 30
    code = pyotp.TOTP(SECRET).at(now, counter_offset=off)
    found = matching_step(SECRET, code, now, None)
    codes = {pyotp.TOTP(SECRET).at(now, counter_offset=near) for near in (-1, 0, 1)}
    assert (found is not None) == (code in codes)
    if found is not None:
        assert abs(found - present) <= 1
        assert matching_step(SECRET, code, now, present + 1) is None


def test_the_published_example_holds() -> None:
    """RFC 6238, appendix B, its SHA-1 rows, last six digits."""
    secret = pyotp.TOTP("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ").secret
    for at, code in ((59, "287082"), (1111111109, "081804"), (20000000000, "353130")):
        assert matching_step(secret, code, datetime.fromtimestamp(at, UTC), None) == at // 30


@pytest.mark.parametrize("code", ["", "12345", "abcdef", "۰" * 400, "\x00", "1234567"])
def test_what_is_no_code_fits_nothing(code: str) -> None:
    assert matching_step(SECRET, code, datetime(2026, 11, 21, tzinfo=UTC), None) is None


def test_urdu_digits_and_spaces_are_read() -> None:
    now = datetime(2026, 11, 21, tzinfo=UTC)
    code = pyotp.TOTP(SECRET).at(now)
    urdu = code.translate({ord("0") + n: 0x6F0 + n for n in range(10)})
    assert matching_step(SECRET, f" {urdu[:3]} {urdu[3:]}", now, None) is not None


def test_a_clock_that_was_set_back_locks_nobody_out() -> None:
    now = datetime(2026, 11, 21, tzinfo=UTC)
    code = pyotp.TOTP(SECRET).at(now)
    assert matching_step(SECRET, code, now, int(now.timestamp()) // 30 + 1000) is not None


def test_the_picture_is_the_secret() -> None:
    setup = new_setup("amna")
    assert len(setup.secret) == 32
    assert setup.secret in setup.uri
    assert "amna" in setup.uri
    rows = [bytearray(setup.qr_size) for _ in range(setup.qr_size)]
    for x, y, length in re.findall(r"M(\d+) (\d+)\.5h(\d+)", setup.qr_path):
        rows[int(y)][int(x) : int(x) + int(length)] = b"\x01" * int(length)
    drawn = [[bool(module) for module in row] for row in rows]
    wanted = segno.make(setup.uri, error="m", micro=False).matrix_iter(border=4)
    assert drawn == [[bool(module) for module in row] for row in wanted]
    assert setup.spelled.replace(" ", "") == setup.secret
    assert new_setup("amna").secret != setup.secret
    for bad in ("short", SECRET.lower(), "1" * 32, SECRET + "A"):
        with pytest.raises(WrongCodeError):
            new_setup("amna", bad)
