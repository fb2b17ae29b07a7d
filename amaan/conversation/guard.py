"""Who is looking at the phone? The guard between her chat and somebody who picks it up.

Once she has chosen a word, the chat is ``open``, waits for it (``ask``), or looks harmless
until it comes (``cover``). What is screened and who is called never depends on the guard:
it decides only what stands on the phone. `step` is a pure function of the message and
of what is known; asked again after it was applied, it gives the same answer, so that a
worker may be killed between any two steps.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, cast

from sqlalchemy import func, select

from amaan.clock import Clock
from amaan.conversation.hand import hand_of, hands_before, is_another
from amaan.conversation.near import HUSH
from amaan.conversation.store import (
    HIDDEN,
    SECRET,
    Content,
    append_message,
    read_assessment,
    read_content,
)
from amaan.conversation.wishes import Wishes, is_her_cover, is_her_word, read_wishes
from amaan.ports import Parse, Risk, worse
from amaan.storage import Transaction, Vault
from amaan.storage.database import CONVERSATION_CHANNEL
from amaan.storage.models import Assessment, Conversation, Message
from amaan.text import command

State = Literal["open", "ask", "cover"]
ASK, OPENED, COVER, WHO = "guard.ask", "guard.opened", "cover.reply", "cover.who"
"""Keys of the guard's answers."""
ANSWERS = frozenset({ASK, COVER, WHO, HUSH})
"""Those after which the words for what she wrote are still owed to her."""
WHILE_CLOSED: dict[str, str] = {"ask": ASK, "cover": COVER}
"""What is said to whatever comes, by the guard's state."""
_LOOKED_BACK = 40


@dataclass(frozen=True)
class Step:
    """What one message does to the guard."""

    state: State = "open"
    """The guard from now on."""
    answer: str | None = None
    """Key of the only automatic answer; None when the chat goes on as ever."""
    secret: bool = False
    """The message is one of her words: nobody is shown it."""

    @property
    def may_yield(self) -> bool:
        """Whether words for danger may stand in the answer's place: not once a cover is on."""
        return self.state != "cover" and self.answer != OPENED

    @property
    def rule(self) -> str | None:
        """What a supervisor must know with an alarm of this message: a code of a rule."""
        return None if self.state == "open" else f"guard.{self.state}"


def step(wishes: Wishes, state: State, text: str, *, door: str, first: bool, doubted: bool) -> Step:
    """What a message does, by her wishes and the guard's present state.

    `doubted`: there was a pause before it, or it is written otherwise than hers.
    """
    if is_her_word(wishes, text):
        return Step("open", OPENED, secret=True)
    if is_her_cover(wishes, text):
        return Step("cover", COVER, secret=True)
    has_word = wishes.word is not None
    if is_stranger(text) and (has_word or (door != "web" and not first)):
        return Step("cover" if has_word else "open", WHO)
    closed: State = "ask" if state == "open" and doubted else state
    return Step(closed, WHILE_CLOSED.get(closed)) if has_word else Step()


def is_stranger(text: str) -> bool:
    """Whether the whole message asks who this is, or whose number."""
    return command(text) == "stranger"


class Guard:
    """The guard of stored conversations. Every conversation given to it must be locked."""

    def __init__(self, vault: Vault, clock: Clock, closes_after: timedelta) -> None:
        self._vault = vault
        self._clock = clock
        self._closes_after = closes_after

    async def look(
        self, tx: Transaction, key: bytes, conversation: Conversation, message: Message,
        text: str, parse: Parse,
    ) -> Step:  # fmt: skip
        """Judges a message, and opens or closes the guard by it."""
        wishes = read_wishes(key, conversation)
        doubted = wishes.word is not None and await self._is_doubted(tx, key, message, text, parse)
        found = step(
            wishes,
            cast(State, conversation.guard),
            text,
            door=conversation.door,
            first=message.seq == 1,
            doubted=doubted,
        )
        conversation.guard = found.state
        return found

    async def close(self, tx: Transaction, conversation: Conversation) -> bool:
        """Lets the chat wait for her word; False when she chose none. A cover stays one."""
        key = await self._vault.open_key(tx, conversation.id)
        if read_wishes(key, conversation).word is None:
            return False
        if conversation.guard == "open":
            conversation.guard = "ask"
            await tx.session.flush()
            await tx.notify(CONVERSATION_CHANNEL, conversation_id=str(conversation.id))
        return True

    async def open(self, tx: Transaction, conversation: Conversation, word: str) -> bool:
        """Opens the chat when `word` is hers, or when she chose none. Wrong ones change nothing."""
        key = await self._vault.open_key(tx, conversation.id)
        wishes = read_wishes(key, conversation)
        if wishes.word is not None and not is_her_word(wishes, word):
            return False
        if conversation.guard != "open":
            conversation.guard = "open"
            # It stands in the chat that she gave her word now: her next message follows no pause.
            content = Content(HIDDEN, notes=frozenset({SECRET}))
            await append_message(tx, key, conversation, "person", content, self._clock.now())
        return True

    async def _is_doubted(
        self, tx: Transaction, key: bytes, message: Message, text: str, parse: Parse
    ) -> bool:
        before = await tx.session.scalar(
            select(func.max(Message.created_at)).where(
                Message.conversation_id == message.conversation_id,
                Message.author == "person",
                Message.seq < message.seq,
            )
        )
        if before is not None and message.created_at - before > self._closes_after:
            return True
        hand = hand_of(text, parse)
        return hand is not None and is_another(hand, await hands_before(tx, key, message))


async def unanswered_risk(tx: Transaction, key: bytes, message: Message) -> Risk:
    """The worst that she wrote before `message` while the guard alone answered her.

    It rang when it came; the words for it were held back and are owed to her now.
    """
    rows = await tx.session.execute(
        select(Message, Assessment)
        .outerjoin(Assessment, Assessment.message_id == Message.id)
        .where(Message.conversation_id == message.conversation_id, Message.seq < message.seq)
        .order_by(Message.seq.desc())
        .limit(_LOOKED_BACK)
    )
    found = Risk()
    for row, assessed in rows:
        if row.author == "person":
            found = worse(found, read_assessment(key, assessed).risk) if assessed else found
        elif row.author != "bot" or read_content(key, row).key not in ANSWERS:
            return found
    return found
