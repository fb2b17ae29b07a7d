"""The second factor: codes of a telephone (TOTP, RFC 6238) and recovery codes.

Threat: a password that was guessed, watched or given away on the telephone. The secret
is sealed like every private value of staff, and no code works twice.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import pyotp
import segno
from sqlalchemy import delete, func, select, update

from amaan.core import Core
from amaan.errors import InputError, NotAllowedError
from amaan.storage import Transaction, Vault
from amaan.storage.models import Staff, StaffRecovery
from handoff.audit import Tag, record
from handoff.sessions import Sessions

STEP_SECONDS = 30
_DRIFT = 1
"""Steps that a telephone's clock may be off either way (RFC 6238, 5.2)."""
RECOVERY_CODES = 10
_SECRET = re.compile(r"[A-Z2-7]{32}")
# As one-time words: no letters that are mistaken for one another. 16 signs are 79 bits, so
# that a plain hash is enough: nobody can try them all.
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
_LENGTH, _GROUP = 16, 4
ISSUER = "Amaan"


class WrongCodeError(InputError):
    """The code does not fit the secret that is being set up."""

    code = "wrong_code"


@dataclass(frozen=True)
class Setup:
    """A secret that is not in force yet, as her telephone can take it."""

    secret: str
    """160 bits in base32; kept nowhere until a code of it was shown."""
    uri: str
    qr_size: int
    """Modules along one side, quiet zone in it."""
    qr_path: str
    """Path of an SVG of that size; every dark run of a row is one line one module thick."""

    @property
    def spelled(self) -> str:
        """The secret in groups of four, to be typed by hand."""
        return " ".join(self.secret[at : at + 4] for at in range(0, len(self.secret), 4))


def new_setup(name: str, secret: str | None = None) -> Setup:
    """A setup for `name`, with a fresh secret or one that she has already been shown.

    Raises `WrongCodeError` when `secret` cannot be one of ours.
    """
    secret = pyotp.random_base32(32) if secret is None else _checked(secret)
    uri = pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=ISSUER)
    rows = list(segno.make(uri, error="m", micro=False).matrix_iter(border=4))
    return Setup(secret, uri, len(rows), _path(rows))


def _checked(secret: str) -> str:
    if not _SECRET.fullmatch(secret):
        raise WrongCodeError("not a secret of ours")
    return secret


def _path(rows: Sequence[Iterable[int]]) -> str:
    runs = (
        f"M{match.start()} {y}.5h{match.end() - match.start()}"
        for y, row in enumerate(rows)
        for match in re.finditer(rb"\x01+", bytes(1 if dark else 0 for dark in row))
    )
    return "".join(runs)


def matching_step(secret: str, code: str, now: datetime, last: int | None) -> int | None:
    """The time step that `code` belongs to, or None; never one up to `last`, used before."""
    typed = _digits(code)
    present = int(now.timestamp()) // STEP_SECONDS
    if last is not None and last > present + _DRIFT:
        # The clock was set back since: nobody may be locked out until it comes round again.
        last = None
    found = None
    for step in range(present - _DRIFT, present + _DRIFT + 1):
        right = pyotp.TOTP(secret).generate_otp(step)
        if hmac.compare_digest(right, typed) and (last is None or step > last):
            found = step
    return found


def _digits(code: str) -> str:
    """The digits of what was typed, on whatever keyboard, as plain ones."""
    return "".join(str(unicodedata.decimal(sign)) for sign in code[:64] if sign.isdecimal())


def recovery_hash(staff: Staff, code: str) -> bytes:
    """What is stored of a recovery code; case, spaces and dashes do not matter."""
    signs = "".join(sign for sign in code[:64].casefold() if sign.isalnum())
    return hashlib.sha256(staff.id.bytes + signs.encode("utf-8", "replace")).digest()


async def check_code(vault: Vault, tx: Transaction, person: Staff, code: str, at: datetime) -> bool:
    """Whether `code` is right, from the telephone or a recovery code; either works once.

    Lock the person first. True without a second factor: there is nothing to ask for.
    """
    secret = vault.open_staff(person, "totp_sealed")
    if secret is None:
        return True
    step = matching_step(secret, code, at, person.totp_step)
    if step is not None:
        person.totp_step = step
        return True
    used = await tx.session.scalar(
        update(StaffRecovery)
        .where(
            StaffRecovery.code_hash == recovery_hash(person, code),
            StaffRecovery.staff_id == person.id,
            StaffRecovery.used_at.is_(None),
        )
        .values(used_at=at)
        .returning(StaffRecovery.staff_id)
    )
    if used is None:
        return False
    await record(tx, Tag.STAFF_RECOVERY_USED, at=at, actor=person.id, subject=person.id)
    return True


async def forget_factor(tx: Transaction, person: Staff) -> None:
    """Takes the second factor and its recovery codes from `person`; the caller audits it."""
    person.totp_sealed, person.totp_step = None, None
    await tx.session.execute(delete(StaffRecovery).where(StaffRecovery.staff_id == person.id))


class SecondFactors:
    """One's own second factor. The routes ask for a fresh proof first."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._sessions = Sessions(core)

    async def confirm(self, token: str, secret: str, code: str) -> list[str]:
        """Puts `secret` in force, in place of an earlier one, and ends her other sessions.

        Returns the recovery codes, which cannot be shown again. Raises `WrongCodeError`,
        `NotAllowedError` (the session is over).
        """
        now = self._core.clock.now()
        step = matching_step(_checked(secret), code, now, None)
        if step is None:
            raise WrongCodeError()
        async with self._core.database.transaction() as tx:
            # Before the person's row, or a rotation of keys and we would wait for each other.
            await self._core.vault.hold_epoch(tx)
            session, person = await self._sessions.need(tx, token)
            self._core.vault.seal_staff(person, "totp_sealed", secret)
            person.totp_step, session.proved_at = step, now
            codes = await self._new_codes(tx, person)
            await self._sessions.end_others(tx, session)
            await record(tx, Tag.STAFF_FACTOR_SET, at=now, actor=person.id, subject=person.id)
        return codes

    async def renew_codes(self, token: str) -> list[str]:
        """New recovery codes; the earlier ones end. Raises `NotAllowedError` without a factor."""
        async with self._core.database.transaction() as tx:
            _, person = await self._sessions.need(tx, token)
            if person.totp_sealed is None:
                raise NotAllowedError("there is no second factor")
            codes = await self._new_codes(tx, person)
            now = self._core.clock.now()
            await record(
                tx, Tag.STAFF_FACTOR_SET, at=now, actor=person.id, subject=person.id, renewed=True
            )
        return codes

    async def take_away(self, token: str) -> None:
        """Gives one's own second factor up. Raises `NotAllowedError` where the house asks for one.

        Ends her other sessions: one that waits for a code must not become a whole one.
        """
        if self._core.settings.second_factor_required:
            raise NotAllowedError("the house asks for a second factor", code="factor_required")
        async with self._core.database.transaction() as tx:
            session, person = await self._sessions.need(tx, token)
            await forget_factor(tx, person)
            await self._sessions.end_others(tx, session)
            now = self._core.clock.now()
            await record(tx, Tag.STAFF_FACTOR_TAKEN, at=now, actor=person.id, subject=person.id)

    async def codes_left(self, token: str) -> int:
        """How many recovery codes are unused."""
        async with self._core.database.transaction() as tx:
            _, person = await self._sessions.need(tx, token)
            left = await tx.session.scalar(
                select(func.count())
                .select_from(StaffRecovery)
                .where(StaffRecovery.staff_id == person.id, StaffRecovery.used_at.is_(None))
            )
        return left or 0

    async def _new_codes(self, tx: Transaction, person: Staff) -> list[str]:
        await tx.session.execute(delete(StaffRecovery).where(StaffRecovery.staff_id == person.id))
        codes = [_new_code() for _ in range(RECOVERY_CODES)]
        tx.session.add_all(
            StaffRecovery(code_hash=recovery_hash(person, code), staff_id=person.id)
            for code in codes
        )
        return codes


def _new_code() -> str:
    signs = "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))
    return "-".join(signs[at : at + _GROUP] for at in range(0, _LENGTH, _GROUP))
