"""Invented staff and invented people who write, with numbers that belong to nobody."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4

from amaan.core import Core
from amaan.crypto import seal
from amaan.storage.models import Address, Conversation
from bench.handoff.plan import LANGUAGES, Ring
from handoff.staff import StaffAccounts

# Besides the console: most are paged by text, some by telephone, as on a real roster.
_MEANS = (("sms",), ("whatsapp",), ("sms",), ("voice",), ())


@dataclass(frozen=True)
class Worker:
    """A member of staff."""

    staff_id: UUID
    name: str
    word: str
    """For the first sign-in."""
    number: str | None
    leads: bool = False


async def hire(core: Core, consoles: int) -> list[Worker]:
    """`consoles` supervisors on duty who each read two of six languages, and two leads at
    home, one of them the coordinator; in this order."""
    accounts = StaffAccounts(core)
    found = []
    for index in range(consoles + 2):
        leads = index >= consoles
        means = ("sms",) if leads else _MEANS[index % len(_MEANS)]
        number = f"+92300000{index + 1000}" if means else None
        name = f"lead-{index}" if leads else f"supervisor-{index}"
        person = await accounts.add(
            name,
            "lead" if leads else "supervisor",
            [LANGUAGES[(index + step) % len(LANGUAGES)][0] for step in (0, 2)],
            on_call=not leads,
            on_call_order=100 + index,
            is_coordinator=index == consoles,
            means=("console", *means),
            number=number,
        )
        word = await accounts.issue_one_time(person.id)
        found.append(Worker(person.id, name, word, number, leads))
    return found


def new_password() -> str:
    """A password that nobody keeps."""
    return secrets.token_urlsafe(24)


async def open_conversations(core: Core, rings: Sequence[Ring]) -> list[UUID]:
    """A conversation for each alarm, in order, as after her first message."""
    async with core.database.transaction() as tx:
        now = core.clock.now()
        found = []
        for index, ring in enumerate(rings):
            conversation = Conversation(
                id=uuid4(),
                door=ring.door,
                language=ring.language,
                script=ring.script,
                language_chosen=True,
                seam=0,
                last_seq=0,
                stopped=False,
                created_at=now,
                last_inbound_at=now,
            )
            tx.session.add(conversation)
            await tx.session.flush()
            key = await core.vault.create_key(tx, conversation.id)
            address = f"+92300000{index + 5000}"
            lookup = core.pseudonymiser.lookup("address", f"{ring.door}|{address}")
            sealed = seal(key, address.encode(), f"address.sealed|{conversation.id}".encode())
            tx.session.add(
                Address(
                    conversation_id=conversation.id,
                    door=ring.door,
                    lookup=lookup,
                    sealed=sealed if ring.door != "web" else None,
                )
            )
            found.append(conversation.id)
    return found
