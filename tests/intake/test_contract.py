"""One contract for whoever takes complaints: our client over the sandbox, and the stand-in."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any, get_args

import pytest
from fastapi import FastAPI

from amaan.clock import SetClock
from amaan.errors import UnknownOutcomeError
from intake import schema
from intake.api import IntakeApi
from intake.contract import models, values
from intake.contract.wire import categories, to_wire
from intake.port import AgencyState, Filing, RefusedError, UnavailableError
from intake.sandbox.faults import Fault
from intake.schema import Complaint
from intake.stand_in import StandInIntake
from tests.intake.invented import KEY, complaint, draft, wire


class Bench:
    """One way to file, and a hand in its inside."""

    def __init__(self, filing: Filing, sandbox: FastAPI, clock: SetClock) -> None:
        self.filing = filing
        self.sandbox = sandbox.state.sandbox
        self.clock = clock

    def taken(self) -> list[str]:
        """Keys of what was taken."""
        if isinstance(self.filing, StandInIntake):
            return list(self.filing.filed)
        return [one.key for one in self.sandbox.book.all()]

    def change(self, number: str, state: AgencyState) -> None:
        """The agency changes a state."""
        self.clock.move(timedelta(hours=1))
        if isinstance(self.filing, StandInIntake):
            self.filing.change(number, state)
        else:
            self.sandbox.book.change(number, state)

    def fail(self, of_stand_in: Any, of_sandbox: Fault) -> None:
        """The next call fails."""
        if isinstance(self.filing, StandInIntake):
            self.filing.failures.append(of_stand_in)
        else:
            self.sandbox.faults.order(of_sandbox)


@pytest.fixture(params=["sandbox", "stand_in"])
def bench(
    request: pytest.FixtureRequest, api: IntakeApi, sandbox: FastAPI, set_clock: SetClock
) -> Bench:
    """Both, one after the other."""
    filing: Filing = api if request.param == "sandbox" else StandInIntake(set_clock)
    return Bench(filing, sandbox, set_clock)


class TestContract:
    """What `intake.port.Filing` promises."""

    async def test_a_complaint_is_taken_once_for_its_key(self, bench: Bench) -> None:
        first = await bench.filing.file(complaint(), KEY)
        bench.clock.move(timedelta(minutes=1))
        again = await bench.filing.file(complaint(), KEY)
        assert (first.number, first.state, first.at) == (again.number, again.state, again.at)
        assert first.state == "received"
        assert bench.taken() == [KEY]

    async def test_a_key_is_good_for_one_complaint(self, bench: Bench) -> None:
        await bench.filing.file(complaint(), KEY)
        with pytest.raises(RefusedError) as error:
            await bench.filing.file(complaint(city="Quetta"), KEY)
        assert error.value.code == "intake_key_reused"

    async def test_two_keys_are_two_complaints(self, bench: Bench) -> None:
        first = await bench.filing.file(complaint(), KEY)
        other = await bench.filing.file(complaint(), "invented-key-0002")
        assert first.number != other.number
        assert len(bench.taken()) == 2

    async def test_it_is_found_by_its_key_and_only_then(self, bench: Bench) -> None:
        assert await bench.filing.find(KEY) is None
        filed = await bench.filing.file(complaint(), KEY)
        found = await bench.filing.find(KEY)
        assert found is not None
        assert (found.number, found.state, found.sent) == (filed.number, "received", "")

    async def test_a_state_is_followed_by_the_number(self, bench: Bench) -> None:
        filed = await bench.filing.file(complaint(), KEY)
        bench.change(filed.number, "investigation")
        stands = await bench.filing.state(filed.number)
        assert stands.state == "investigation"
        assert stands.at > filed.at
        found = await bench.filing.find(KEY)
        assert found is not None
        assert found.state == "investigation"

    @pytest.mark.parametrize("number", ["SANDBOX-NEVER", "../x", "ذاتی", ""])
    async def test_an_unknown_number_is_refused(self, bench: Bench, number: str) -> None:
        with pytest.raises(RefusedError):
            await bench.filing.state(number)

    async def test_a_lost_answer_is_unknown_and_found_by_its_key(self, bench: Bench) -> None:
        bench.fail("lost_after", Fault(kind="500_after"))
        with pytest.raises(UnknownOutcomeError):
            await bench.filing.file(complaint(), KEY)
        assert await bench.filing.find(KEY) is not None
        await bench.filing.file(complaint(), KEY)
        assert bench.taken() == [KEY]

    async def test_an_unavailable_intake_has_taken_nothing(self, bench: Bench) -> None:
        bench.fail("unavailable", Fault(kind="503", retry_after=90))
        with pytest.raises(UnavailableError):
            await bench.filing.file(complaint(), KEY)
        assert bench.taken() == []
        assert await bench.filing.find(KEY) is None

    async def test_what_was_sent_is_kept_for_proof(self, bench: Bench) -> None:
        receipt = await bench.filing.file(complaint(), KEY)
        signature, _, body = receipt.sent.partition("\n")
        assert signature
        assert models.FiledComplaint.model_validate_json(body) == wire()


CHILD: dict[str, Any] = {
    "age_band": "13_15",
    "adult_safe": True,
    "adult_name": "Invented Aunt",
    "adult_relation": "aunt",
    "adult_phone": "+923000000003",
    "cnic": None,
}
OTHERS: list[dict[str, Any]] = [
    {},
    CHILD,
    {"for_whom": "child", "age_band": None, "relation": "relative"},
    {"for_whom": "adult", "relation": "friend", "agrees": "yes"},
    {"cnic": None, "no_cnic_reason": "held_by_family"},
    {"visit": ["woman_officer", "interpreter"], "visit_note": "اشاروں کی زبان"},
    {"since": None, "since_precision": "unsure", "urls": [], "handles": [], "suspect_phones": []},
    {
        "suspect_known": "partly",
        "suspect_text": "ایک پڑوسی",
        "platform": None,
        "skipped": ["platform"],
    },
    {"story": "ظلم " * 5000, "urls": [f"https://example.org/{n}/{'x' * 2000}" for n in range(50)]},
    {
        "city": "ہنزہ",
        "name": "فرضی نام",
        "contact": "none",
        "contact_note": None,
        "gender": "declined",
    },
]


@pytest.mark.parametrize("changes", OTHERS)
async def test_every_kind_of_complaint_finds_its_place(
    api: IntakeApi, sandbox: FastAPI, changes: dict[str, Any]
) -> None:
    receipt = await api.file(complaint(**changes), KEY)
    assert receipt.state == "received"
    assert len(sandbox.state.sandbox.book.all()) == 1


@pytest.mark.parametrize("form", list(schema.FormCode))
def test_every_form_of_abuse_has_a_category(form: schema.FormCode) -> None:
    assert wire(form_code=form).incident.category == categories()[form]
    assert categories()[form] in get_args(values.Category)


def test_our_lists_are_within_the_contracts() -> None:
    pairs: list[tuple[Any, Any]] = [
        (schema.FormCode, values.FormCode),
        (schema.Platform, values.Platform),
        (schema.Province, values.Province),
        (schema.EvidenceKind, values.EvidenceKind),
        (schema.Gender, values.Gender),
        (schema.NoCnicReason, values.NoCnicReason),
        (schema.AgeBand, values.AgeBand),
        (schema.Tier, values.Tier),
        (schema.Language, values.Language),
        (schema.Precision, values.Precision),
        (schema.SuspectKnown, values.KnownStatus),
        (schema.Relation, values.Relation),
        (schema.Contact, values.Channel),
    ]
    for ours, theirs in pairs:
        assert {one.value for one in ours} <= set(get_args(theirs)), ours
    assert set(get_args(AgencyState)) == set(get_args(values.State))


def test_what_does_not_belong_to_the_agency_stays_here() -> None:
    body = wire(codes=["T3", "T7"], suicide_risk=3, honour_risk=2).model_dump_json()
    names = _names(json.loads(body))
    assert not [name for name in names if "risk" in name]
    assert not names & {"codes", "script", "statistics", "key", "created_at", "items", "triage"}
    assert "T3" not in body


def _names(value: object) -> set[str]:
    if isinstance(value, dict):
        return set(value) | {name for one in value.values() for name in _names(one)}
    if isinstance(value, list):
        return {name for one in value for name in _names(one)}
    return set()


def test_the_same_draft_makes_the_same_body_at_any_time() -> None:
    made = draft()
    times = [complaint().created_at, complaint().created_at + timedelta(days=2)]
    bodies = {
        to_wire(
            schema.complaint_of(made, reference="TF-2026-INVENTED", key=KEY, now=now)
        ).model_dump_json()
        for now in times
    }
    assert len(bodies) == 1


def test_a_child_of_a_complaint_has_a_grown_up_and_no_digest() -> None:
    child = wire(**CHILD)
    assert child.safe_adult is not None
    assert [one.sha256 for one in child.evidence] == [None]
    for broken in ({"safe_adult": None}, {"evidence": [{**wire().evidence[0].model_dump()}]}):
        with pytest.raises(ValueError, match="child"):
            models.FiledComplaint.model_validate(child.model_dump() | broken)


def test_errors_of_the_contract_hold_no_word(capsys: pytest.CaptureFixture[str]) -> None:
    whole: Complaint = complaint()
    changed = whole.model_copy(
        update={"incident": whole.incident.model_copy(update={"summary_2000": "راز" * 2000})}
    )
    with pytest.raises(Exception, match=r"incident\.summary") as error:
        to_wire(changed)
    assert "راز" not in repr(error.value)
    assert error.value.__cause__ is None
