"""Every hosted generator against a stand-in that speaks its contract: what it makes, what it survives, what it pays."""

from __future__ import annotations

import json
import logging

import numpy as np
import pytest

from tests.toolchain.generate.remote.conftest import Bench, Killed
from tests.toolchain.generate.remote.contracts import pictures_of
from tests.toolchain.generate.remote.standin import StandIn
from tests.toolchain.generate.remote.things import HIGH, KEY, LOW, SERVICES, WAYS
from toolchain.asset import LEARNED
from toolchain.codec import encode
from toolchain.generate.remote import sheet
from toolchain.generate.remote.states import Lost, Planned, Refused
from toolchain.stage import Made, StageError

every = pytest.mark.parametrize("bench", SERVICES, ids=str, indirect=True)
queued = pytest.mark.parametrize("bench", [c for c in SERVICES if not c.contract.at_once], ids=str, indirect=True)
at_once = pytest.mark.parametrize("bench", [c for c in SERVICES if c.contract.at_once], ids=str, indirect=True)


def pages(bench: Bench) -> list[dict]:  # type: ignore[type-arg]
    return [json.loads(p.read_text()) for p in sorted(bench.state.rglob("order.json"))]


def state_of(bench: Bench) -> str:
    (page,) = pages(bench)
    return str(page["state"])


# What it makes


@pytest.mark.parametrize("bench", [*SERVICES, *WAYS], ids=str, indirect=True)
def test_a_picture_becomes_a_sculpt(bench: Bench) -> None:
    sculpt = bench.ask()
    (create,) = [c for c in bench.stand.calls if c.kind == "create"]
    assert create.path == bench.case.path
    assert sorted(sculpt.mesh.size) == pytest.approx(sorted(np.subtract(HIGH, LOW)), rel=1e-5)
    assert sculpt.mesh.size[1] == pytest.approx(HIGH[1], rel=1e-5)  # up stays up
    assert sculpt.painted is not None
    assert sculpt.painted.paints[0].maps["albedo"].shape == (2, 2, 3)
    assert set(sculpt.evidence) == {LEARNED}
    assert sculpt.generator == bench.case.name == sculpt.notes["service"]
    assert sculpt.notes["licence"] == bench.module.LICENCE
    assert len(sculpt.notes["download_sha256"]) == 64
    encode(Made(sculpt, sculpt.notes), [])  # it can be stored
    shares = [share for share, _ in bench.told]
    assert shares == sorted(shares)
    assert 0 <= shares[0] <= 0.05
    assert shares[-1] >= 0.95
    assert state_of(bench) == "done"


@queued
def test_progress_is_the_services_own(bench: Bench) -> None:
    bench.ask()
    shares = {round(share, 3) for share, _ in bench.told}
    assert bench.stand.count("poll") == 5
    assert len(shares) >= (3 if bench.case.name in ("hunyuan", "fal", "replicate") else 4)
    assert any("fetching" in text for _, text in bench.told)


@every
def test_the_key_goes_to_the_api_and_not_to_the_download(bench: Bench) -> None:
    bench.ask()
    for call in bench.stand.calls:
        has = "authorization" in call.headers or KEY in str(call.headers)
        assert has == (call.kind != "file"), call.path


@every
def test_the_picture_sent_is_the_one_dropped(bench: Bench) -> None:
    bench.ask()
    sent = [c for c in bench.stand.calls if c.kind in ("create", "upload")]
    if bench.case.name in ("meshy", "hunyuan", "fal", "replicate"):
        assert len(pictures_of(json.loads(sent[0].body))) == 1
    assert any(b"\x89PNG" in c.body or pictures_of(json.loads(c.body)) for c in sent)


@every
def test_what_is_paid_for_is_kept(bench: Bench) -> None:
    first = bench.ask()
    before = len(bench.stand.calls)
    again = bench.ask(max_credits=1000.0)  # another key of the stage, the same request
    assert len(bench.stand.calls) == before
    assert again.notes == first.notes


@every
def test_another_seed_is_another_request(bench: Bench) -> None:
    bench.ask()
    bench.ask(seed=2)
    assert bench.stand.count("create") == 2


@every
def test_a_damaged_keepsake_is_fetched_again_not_bought_again(bench: Bench) -> None:
    bench.ask()
    (kept,) = bench.state.rglob("model.glb")
    kept.write_bytes(b"glTF broken")
    if bench.case.contract.at_once:
        with pytest.raises(Lost, match="can no longer be had"):
            bench.ask()
    else:
        bench.ask()
    assert bench.stand.count("create") == 1


# What it survives


@queued
@pytest.mark.parametrize("fault", ["429", "500", "503", "malformed", "slow", "cut"])
def test_a_read_is_tried_again(bench: Bench, fault: str) -> None:
    bench.stand.faults.poll = ["", fault]
    bench.ask()
    assert bench.stand.count("create") == 1
    assert (7.0 in bench.time.slept) == (fault == "429")  # as its Retry-After says


@queued
def test_a_download_is_tried_again(bench: Bench) -> None:
    bench.stand.faults.file = ["503", "slow", "truncated"]
    bench.ask()
    assert bench.stand.count("create") == 1


@queued
def test_an_expired_link_is_asked_for_anew(bench: Bench) -> None:
    bench.stand.faults.file = ["expired"]
    bench.ask()
    assert bench.stand.count("poll") == 6


FILES = {"expired": "run out", "truncated": "cut short", "html": "text/html", "wrong": "not a GLB", "large": "1 MiB"}


@queued
@pytest.mark.parametrize("fault", FILES)
def test_a_bad_download_is_told_and_not_paid_for_again(bench: Bench, fault: str) -> None:
    bench.stand.faults.file = [fault, "..."]
    with pytest.raises(StageError, match=FILES[fault]):
        bench.ask()
    assert state_of(bench) == "sent"
    bench.stand.faults.file = []
    bench.ask()
    assert bench.stand.count("create") == 1


@at_once
@pytest.mark.parametrize("fault", ["truncated", "html", "wrong"])
def test_a_bad_answer_is_told_and_not_paid_for_again(bench: Bench, fault: str) -> None:
    bench.stand.faults.create = [fault]
    with pytest.raises(StageError, match=r"cut short|is not a GLB"):
        bench.ask()
    with pytest.raises(Lost, match="can no longer be had"):
        bench.ask()
    assert bench.stand.count("create") == 1


@queued
def test_a_download_may_be_redirected_without_the_key(bench: Bench, elsewhere: StandIn) -> None:
    bench.stand.faults.file = ["redirect"]
    bench.ask()
    (call,) = elsewhere.calls
    assert "authorization" not in call.headers
    assert KEY not in str(call.headers)


@queued
def test_a_key_does_not_follow_a_redirect(bench: Bench, elsewhere: StandIn) -> None:
    bench.stand.faults.poll = ["redirect", "..."]
    with pytest.raises(Refused, match="redirects"):
        bench.ask()
    assert not elsewhere.calls
    bench.stand.faults.poll = []
    bench.ask()
    assert bench.stand.count("create") == 1


@every
def test_a_request_does_not_follow_a_redirect(bench: Bench, elsewhere: StandIn) -> None:
    bench.stand.faults.create = ["redirect"]
    with pytest.raises(StageError, match="redirects"):
        bench.ask()
    assert not elsewhere.calls


@queued
def test_an_answer_of_another_shape_is_one_sentence(bench: Bench) -> None:
    bench.stand.faults.poll = ["odd"]
    with pytest.raises(StageError, match="not as published"):
        bench.ask()
    bench.ask()
    assert bench.stand.count("create") == 1


@queued
def test_a_stuck_job_is_waited_for_later(bench: Bench) -> None:
    bench.stand.faults.poll = ["stuck", "..."]
    with pytest.raises(StageError, match=r"not finished after 90 s.*costs nothing"):
        bench.ask(wait_s=90.0)
    assert 60 < sum(bench.time.slept) <= 90
    bench.stand.faults.poll = []
    bench.ask()
    assert bench.stand.count("create") == 1


@queued
def test_a_stuck_candidate_leaves_the_others(bench: Bench) -> None:
    bench.ask()
    bench.stand.faults.poll = ["stuck", "..."]
    sculpt = bench.ask(seeds=2)
    assert sculpt.notes["picked"] == 1
    assert "has not finished" in sculpt.notes["candidates"][1]["why_not"]


@queued
def test_a_failed_job_says_why_and_may_be_asked_for_again(bench: Bench) -> None:
    bench.stand.faults.poll = ["", "failed"]
    with pytest.raises(StageError, match=r"could not make it: .*(the picture is empty|one of its steps failed)"):
        bench.ask()
    assert state_of(bench) == "failed"
    bench.ask()
    assert bench.stand.count("create") == 2
    (page,) = pages(bench)
    assert [old["state"] for old in page["past"]] == ["failed"]  # nothing is forgotten


# What it pays


@queued
def test_a_crash_after_the_request_is_not_a_second_bill(bench: Bench) -> None:
    def kill() -> None:
        raise Killed

    bench.time.on_sleep = kill
    with pytest.raises(Killed):
        bench.ask()
    bench.time.on_sleep = None
    assert state_of(bench) == "sent"
    bench.ask()
    assert bench.stand.count("create") == 1
    assert state_of(bench) == "done"


@every
def test_a_crash_within_the_request_is_not_a_second_bill(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    from toolchain.generate.remote.http import Api

    def kill(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(Api, "create_raw", kill)
        with pytest.raises(Killed):
            bench.ask()
    assert state_of(bench) == "sending"  # journaled before it was sent
    with pytest.raises(Lost, match=r"may have been billed.*Look it up at .*generate.resubmit=true"):
        bench.ask()
    assert bench.stand.count("create") == 0
    bench.ask(resubmit=True)
    assert bench.stand.count("create") == 1


@every
@pytest.mark.parametrize("fault", ["cut", "malformed", "500", "slow"])
def test_a_request_whose_answer_is_lost_is_sent_once(bench: Bench, fault: str) -> None:
    if fault in ("malformed", "slow") and bench.case.contract.at_once:
        fault = "cut"
    bench.stand.faults.create = [fault]
    for _ in range(2):
        with pytest.raises(Lost, match="may have been billed"):
            bench.ask()
    assert bench.stand.count("create") == 1
    bench.ask(resubmit=True)
    bench.ask(resubmit=True)  # done is done
    assert bench.stand.count("create") == 2


@every
@pytest.mark.parametrize("fault", ["429", "credits"])
def test_a_refused_request_is_told_and_not_repeated(bench: Bench, fault: str) -> None:
    bench.stand.faults.create = [fault]
    with pytest.raises(StageError, match="out of credits" if fault == "credits" else "no more requests") as told:
        bench.ask()
    assert told.value.passing == (fault == "429")  # the watcher tries again, but nobody fills an account by waiting
    assert bench.stand.count("create") == 1
    assert state_of(bench) == "refused"
    assert not bench.time.slept
    bench.ask()  # nothing was made, so nothing stands in the way
    assert bench.stand.count("create") == 2


@every
def test_no_credits_for_one_is_no_credits_for_all(bench: Bench) -> None:
    bench.stand.faults.create = ["credits"]
    with pytest.raises(StageError, match="out of credits"):
        bench.ask(seeds=3)
    assert bench.stand.count("create") == 1


@queued
def test_what_was_taken_before_a_refusal_is_used(bench: Bench) -> None:
    bench.stand.faults.create = ["", "429"]
    sculpt = bench.ask(seeds=2)
    assert "no more requests" in sculpt.notes["candidates"][1]["why_not"]


@every
def test_a_dry_run_sends_nothing(bench: Bench) -> None:
    with pytest.raises(Planned, match=r"2 requests with 2 pictures would go to .*Nothing was sent") as told:
        bench.ask(dry_run=True, seeds=2)
    assert not bench.stand.calls
    assert json.loads(told.value.detail)[1]["seed"] == 2
    bench.ask()
    with pytest.raises(Planned, match="Nothing would go"):
        bench.ask(dry_run=True)


@every
def test_a_bound_on_the_price_is_kept(bench: Bench) -> None:
    with pytest.raises(StageError, match=r"more than max_credits|price is not known"):
        bench.ask(max_credits=0.01)
    assert not bench.stand.calls
    assert not pages(bench)


@queued
def test_an_interrupt_cancels_where_that_can_be_done(bench: Bench) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    bench.time.on_sleep = interrupt
    with pytest.raises(KeyboardInterrupt):
        bench.ask(seeds=2)
    bench.time.on_sleep = None
    can = bench.case.contract.cancels
    assert can == ("cancels" in bench.module.CAN)
    assert [job.cancelled for job in bench.stand.jobs.values()] == [can, can]
    assert {page["state"] for page in pages(bench)} == {"cancelled" if can else "sent"}
    bench.ask()
    assert bench.stand.count("create") == (3 if can else 2)


@every
def test_candidates_are_chosen_from(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheet, "YAWS", (0.0,))
    first = bench.ask(seeds=3)
    assert bench.stand.count("create") == 3
    assert first.notes["picked"] == 1
    assert [c["seed"] for c in first.notes["candidates"]] == [1, 2, 3]
    assert first.sheet is not None
    assert first.sheet.shape[0] == 3 * 192
    third = bench.ask(seeds=3, pick=3)
    assert third.notes["picked"] == 3
    assert third.notes["seed"] == 3
    assert bench.stand.count("create") == 3  # choosing costs nothing


@queued
def test_a_bad_candidate_leaves_the_others(bench: Bench) -> None:
    bench.stand.faults.file = ["wrong", "wrong"]
    sculpt = bench.ask(seeds=2)
    assert sculpt.notes["picked"] == 2
    assert "not a GLB" in sculpt.notes["candidates"][0]["why_not"]
    bench.stand.faults.file = ["wrong", "wrong"]
    with pytest.raises(StageError, match="Candidate 1 cannot be taken"):
        bench.ask(seeds=2, pick=1)


# The key


@every
def test_the_key_is_nowhere(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    bench.stand.faults.create = ["echo"]
    with pytest.raises(StageError) as told:
        bench.ask()
    said = f"{told.value}{told.value.detail}{told.value.__cause__}"
    assert bench.module.KEY in said
    assert "***" in said
    sculpt = bench.ask()
    kept = "".join(p.read_text(errors="replace") for p in bench.state.rglob("*") if p.is_file())
    for place in (said, caplog.text, kept, str(bench.told), json.dumps(sculpt.notes), sculpt.reason):
        assert KEY not in place


@every
def test_without_a_key_it_says_which(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    assert bench.module.available() is None
    monkeypatch.setenv(bench.module.KEY, "two words\n and more")
    assert "not a key" in bench.module.available()
    monkeypatch.delenv(bench.module.KEY)
    assert bench.module.KEY in bench.module.available()


@every
def test_without_a_picture_it_says_so(bench: Bench) -> None:
    from toolchain.asset import Reference
    from toolchain.stage import quiet

    with pytest.raises(StageError, match="no picture"):
        bench.module.generate(Reference(()), bench.module.Params(), quiet, bench.state)


# Each service's own


@pytest.mark.parametrize("bench", [c for c in WAYS if str(c) == "tripo-multi"], ids=str, indirect=True)
def test_tripo_gets_its_views_in_its_order(bench: Bench) -> None:
    bench.ask()
    (create,) = [c for c in bench.stand.calls if c.kind == "create"]
    assert json.loads(create.body)["inputs"] == ["file_front", "file_left", "file_back", None]


@pytest.mark.parametrize("bench", [c for c in WAYS if str(c) == "hunyuan-multi"], ids=str, indirect=True)
def test_hunyuan_gets_its_views_by_name(bench: Bench) -> None:
    bench.ask()
    (create,) = [c for c in bench.stand.calls if c.kind == "create"]
    assert [v["ViewType"] for v in json.loads(create.body)["MultiViewImages"]] == ["left", "back", "top"]


@pytest.mark.parametrize("bench", [c for c in SERVICES if c.name == "tripo"], ids=str, indirect=True)
@pytest.mark.parametrize(
    ("front", "depth", "how"), [("auto", 1.25, "outline"), ("+X", 1.0, "asked"), ("-Z", 1.25, "asked")]
)
def test_the_front_is_brought_to_z(bench: Bench, front: str, depth: float, how: str) -> None:
    """The box is 1 wide and 1.25 deep. Tripo's models are known to face +X, but the picture shows the narrow side."""
    sculpt = bench.ask(front=front)
    assert sculpt.mesh.size[2] == pytest.approx(depth, rel=1e-5)
    assert sculpt.notes["front_by"] == how
