"""Only fresh bodies, signed whole by a known key for this purpose, pass; keys can change."""

from __future__ import annotations

import base64
import json
import stat
import warnings
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jwk import OKPKey

from amaan.errors import ConfigurationError
from intake.contract.keys import OURS, SigningKeys, read_public
from intake.contract.signing import MAX_BODY_BYTES, SignatureError, key_id, sign, verify
from tests.intake.invented import NOW

BODY = '{"سچ": "یہ جھوٹ نہیں"}'.encode()
PAIR = OKPKey.generate_key("Ed25519")
KNOWN = {key_id(PAIR): PAIR}


def refused(signature: str | None, body: bytes = BODY, *, late: timedelta = timedelta()) -> str:
    """The code with which a signature is refused."""
    with pytest.raises(SignatureError) as error:
        verify(signature, body, KNOWN, NOW + late, "complaint+json")
    return error.value.code


def with_header(**changes: object) -> str:
    """A rightly made signature whose header was changed afterwards."""
    head, _, rest = sign(BODY, PAIR, NOW, "complaint+json").partition(".")
    header = json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))
    header = {name: value for name, value in (header | changes).items() if value is not None}
    changed = base64.urlsafe_b64encode(json.dumps(header).encode()).decode().rstrip("=")
    return f"{changed}.{rest}"


@pytest.mark.parametrize(
    "body", [BODY, b"", b"lettersonly", b"{}", b"a.b.c", b'{"a":"' + b"x" * 400_000 + b'"}']
)
def test_what_was_signed_is_taken(body: bytes) -> None:
    signature = sign(body, PAIR, NOW, "complaint+json")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        verify(signature, body, KNOWN, NOW + timedelta(minutes=5), "complaint+json")
    assert signature.count("..") == 1
    assert body == b"" or body.decode() not in signature


def test_whatever_was_changed_is_refused() -> None:
    good = sign(BODY, PAIR, NOW, "complaint+json")
    assert refused(None) == refused("") == "signature_missing"
    assert refused(good, BODY + b" ") == "signature_wrong"
    middle = len(good) - 40
    other = "A" if good[middle] != "A" else "B"
    assert refused(good[:middle] + other + good[middle + 1 :]) == "signature_wrong"
    assert refused(good, late=timedelta(minutes=5, seconds=1)) == "signature_old"
    assert refused(good, late=-timedelta(minutes=5, seconds=1)) == "signature_old"
    assert refused(sign(BODY, PAIR, NOW, "state+json")) == "signature_wrong"
    stranger = OKPKey.generate_key("Ed25519")
    assert refused(sign(BODY, stranger, NOW, "complaint+json")) == "signature_unknown_key"


def test_a_body_inside_the_signature_is_not_checked_instead_of_the_one_that_came() -> None:
    head, _, tail = sign(b"other", PAIR, NOW, "complaint+json").partition("..")
    assert refused(f"{head}.other.{tail}") == "signature_wrong"


@pytest.mark.parametrize(
    "changes",
    [
        {"alg": "none"},
        {"alg": "HS256"},
        {"alg": "EdDSA"},
        {"b64": True, "crit": None},
        {"b64": None, "crit": None},
        {"crit": 5},
        {"crit": ["b64", "x"]},
        {"iat": None},
        {"iat": "now"},
        {"iat": True},
        {"kid": ["x"]},
        {"typ": {}},
        {"jwk": {}},
    ],
)
def test_a_header_of_another_make_is_refused(changes: dict[str, object]) -> None:
    assert refused(with_header(**changes)).startswith("signature_")


def test_a_longer_body_than_any_complaint_is_not_signed_for() -> None:
    body = b"x" * (MAX_BODY_BYTES + 1)
    assert refused(sign(body, PAIR, NOW, "complaint+json"), body) == "signature_wrong"


@given(st.text())
def test_no_text_breaks_the_reading_of_a_signature(text: str) -> None:
    for signature in (text, f"{text}..{text}", f"{text}.."):
        with pytest.raises(SignatureError):
            verify(signature, BODY, KNOWN, NOW, "complaint+json")


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists))
def test_no_header_breaks_it(value: object) -> None:
    head = base64.urlsafe_b64encode(json.dumps({"alg": "Ed25519", "x": value}).encode()).decode()
    lone = base64.urlsafe_b64encode(json.dumps(value).encode()).decode()
    for made in (head, lone):
        with pytest.raises(SignatureError):
            verify(f"{made.rstrip('=')}..AAAA", BODY, KNOWN, NOW, "complaint+json")


def passes(keys: SigningKeys, signature: str) -> bool:
    """Whether the other side, which has the public file, takes a signature."""
    try:
        verify(signature, BODY, read_public(keys.public_file), NOW, "complaint+json")
    except SignatureError:
        return False
    return True


def test_a_key_changes_without_a_refusal(tmp_path: Path) -> None:
    keys = SigningKeys(tmp_path, OURS)
    keys.ensure()
    old = sign(BODY, keys.current(), NOW, "complaint+json")
    coming = keys.prepare_next()
    assert coming == keys.prepare_next()
    assert key_id(keys.current()) != coming
    assert keys.use_next() == coming == key_id(keys.current())
    new = sign(BODY, keys.current(), NOW, "complaint+json")
    assert passes(keys, old)
    assert passes(keys, new)
    assert keys.retire() == 1
    assert not passes(keys, old)
    assert passes(keys, new)
    assert keys.retire() == 0
    with pytest.raises(ConfigurationError):
        keys.use_next()


def test_several_processes_make_one_pair(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: SigningKeys(folder, OURS).ensure(), range(16)))
    keys = SigningKeys(folder, OURS)
    assert list(read_public(keys.public_file)) == [key_id(keys.current())]
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o600}
    assert b'"d"' not in keys.public_file.read_bytes()
    assert not list(folder.glob("*.part"))


def test_an_unreadable_key_is_said_without_its_content(tmp_path: Path) -> None:
    (tmp_path / OURS).write_text("no key at all")
    with pytest.raises(ConfigurationError) as error:
        SigningKeys(tmp_path, OURS).current()
    assert "no key at all" not in str(error.value)
    for content in ("", "[]", '{"keys": 5}', '{"keys": [{"kty": "OKP"}]}', "{"):
        (tmp_path / "set.json").write_text(content)
        with pytest.raises(ConfigurationError):
            read_public(tmp_path / "set.json")
