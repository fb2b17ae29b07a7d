"""Questions that no intent stands for: shall I tell them, do they tell, what if the app says no."""

from __future__ import annotations

from typing import Any

import pytest

from bot.subjects import subjects
from tests.bot.conftest import Vault
from tests.bot.talking import keys, on_loop, say

ASKED = {
    "family": [
        "should i tell my mother",
        "do i have to tell my parents",
        "ammi ko bata dun kya?",
        "اس کے باپ کو بتاؤں یا نہیں؟ غصے والے ہیں",
        "ورور ته ووایم که نه؟",
        "mor ta owayam ka na?",
        "amma khe budhayan ya na",
        "ڀاءُ کي ٻڌايان يا نه",
        "ammi nu dassan ke na",
        "بھرا نوں دساں؟",
        "ਮਾਂ ਨੂੰ ਦੱਸਾਂ ਕਿ ਨਾ",
        "mat a begushan ya na",
        "برات ءَ ہال بدیاں؟",
    ],
    "told": [
        "will the police tell my family",
        "shikayat karun to ghar walon ko pata chal jaye ga?",
        "پولیس گھر والوں کو بتا دے گی کیا",
        "پولیس به زما کور ته خبر ورکوي",
        "police ba zama plar khabar kri?",
        "police muhinje ghar waran khe budhaindi cha",
        "پوليس بابا کي ٻڌائيندي؟",
        "police ghar walyan nu dassu gi?",
        "پولیس ابو نوں دسے گی؟",
        "police mani log a hal dant?",
        "پولیس منی پت ءَ ہال دنت؟",
    ],
    "unmoved": [
        "instagram says it is not against community guidelines",
        "i reported and nothing happened",
        "telegram ko report ki kuch nahi hua",
        "انسٹا نے رپورٹ مسترد کر دی",
        "ټیلیګرام جواب نه راکوي ما دوه ځله وکړ",
        "facebook jawab na rakawi",
        "facebook jawab natho dye",
        "فيسبوڪ رپورٽ رد ڪئي",
        "tiktok ne jawab nai ditta",
        "facebook a jawab na dat",
    ],
}


@pytest.mark.parametrize(
    ("question", "text"), [(name, text) for name, texts in ASKED.items() for text in texts]
)
def test_a_question_that_no_intent_stands_for_is_known_by_its_words(
    question: str, text: str
) -> None:
    assert subjects(text) & ASKED.keys() == {question}


@pytest.mark.parametrize(
    "text",
    [
        "my mother found out and hit me",
        "he will tell my family",
        "wo mere ghar walon ko bata de ga",
        "police ghar aayi thi kal",
        "kisi ko mat batana",
        "hagha ba zama plar ta owayi",
        "ho muhinje bhau khe budhaindo",
        "oh mere bhra nu dass dave ga",
        "a mani brat a gushit",
        "mera facebook hack ho gaya",
        "i reported it on facebook",
    ],
)
def test_a_threat_or_a_story_is_no_such_question(text: str) -> None:
    assert not subjects(text) & ASKED.keys()


@on_loop
async def test_shall_i_tell_them_do_they_tell_and_what_if_the_app_says_no(
    agent: Any, vault: Vault
) -> None:
    sender = vault.open_conversation()
    # A first report goes before the question in it.
    first = "he says he will post my pictures. should i tell my mother"
    assert keys(await say(agent, sender, first, "report_blackmail")) == ["report.blackmail"]
    again = await say(agent, sender, "should i tell my mother", "report_blackmail")
    assert keys(again) == ["who.family"]
    told = await say(agent, sender, "will the police tell my family", "ask_anonymity")
    assert keys(told) == ["who.told"]
    no = await say(agent, sender, "facebook rejected my report", "report_impersonation")
    assert keys(no) == ["removal.refused"]
    # As the first thing she writes it is a report only when its words name one.
    other = vault.open_conversation()
    no = await say(agent, other, "instagram rejected my report", "report_impersonation")
    assert keys(no) == ["removal.refused"]
    third = vault.open_conversation()
    first = "somebody made a fake id of me, instagram rejected my report"
    assert keys(await say(agent, third, first, "report_impersonation")) == ["report.impersonation"]
    # "Unmoved" is no app that she named.
    await say(agent, sender, "x", "ask_content_removal")
    assert keys(await say(agent, sender, "x", "ask_content_removal")) == ["ask.content_removal"]
