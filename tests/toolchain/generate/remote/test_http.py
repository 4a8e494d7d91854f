from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.toolchain.generate.remote.conftest import Time
from tests.toolchain.generate.remote.standin import StandIn
from toolchain.generate.remote.http import Answer, Api, Host
from toolchain.generate.remote.states import Gone, Lost, Refused
from toolchain.stage import StageError

SECRET = "key-abcdef-123456"


class Replies:
    """An API whose answers are written down beforehand."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.answers, self.asked = list(answers), []  # type: list[httpx.Response | Exception], list[httpx.Request]
        self.api = Api(Host("Test", "https://api.example.com", {"Authorization": SECRET}, (SECRET,), "TEST_KEY"))
        self.api._http = httpx.Client(transport=httpx.MockTransport(self.reply))

    def reply(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


def test_the_schedule_of_waits_is_fixed(passing: Time) -> None:
    replies = Replies(httpx.Response(503))
    with pytest.raises(StageError, match=r"HTTP 503.*Run again"):
        replies.api.read("/x")
    assert passing.slept == [1, 2, 4, 8, 16]
    assert len(replies.asked) == 6


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"Retry-After": "9"}, 9),
        ({"Retry-After": "Wed, 21 Oct 2026 07:28:20 GMT", "Date": "Wed, 21 Oct 2026 07:28:00 GMT"}, 20),
        ({"Retry-After": "Wed, 21 Oct 2026 07:28:20 GMT"}, 1),  # a date with nothing to count from
        ({"Retry-After": "soon"}, 1),
        ({"Retry-After": "0"}, 1),
    ],
)
def test_retry_after_is_obeyed(passing: Time, headers: dict[str, str], wait: float) -> None:
    replies = Replies(httpx.Response(429, headers=headers), httpx.Response(200, json={"ok": 1}))
    assert replies.api.read("/x") == {"ok": 1}
    assert passing.slept == [wait]


def test_a_long_retry_after_is_told_instead(passing: Time) -> None:
    replies = Replies(httpx.Response(429, headers={"Retry-After": "3600"}))
    with pytest.raises(StageError, match="asks to wait 3600 s"):
        replies.api.read("/x")
    assert not passing.slept


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (httpx.ConnectError("no route"), Refused),  # it never left
        (httpx.ConnectTimeout("slow"), Refused),
        (httpx.ReadTimeout("slow"), Lost),
        (httpx.ReadError("reset"), Lost),
        (httpx.WriteError("reset"), Lost),
        (httpx.RemoteProtocolError("gone"), Lost),
    ],
)
def test_a_request_that_makes_something_is_sent_once(passing: Time, error: Exception, kind: type[StageError]) -> None:
    replies = Replies(error)
    with pytest.raises(kind):
        replies.api.create("/make", json={})
    assert len(replies.asked) == 1
    assert not passing.slept


@pytest.mark.parametrize("code", [400, 401, 402, 403, 404, 413, 422, 429])
def test_a_refusal_says_nothing_was_made(passing: Time, code: int) -> None:
    replies = Replies(httpx.Response(code, json={"message": "the reason\u0007 is this"}))
    with pytest.raises(Refused, match=r"the reason  ?is this") as told:
        replies.api.create("/make", json={})
    assert len(replies.asked) == 1
    assert str(told.value).endswith(".")


@pytest.mark.parametrize("url", ["https://evil.com/x", "http://api.example.com/x", "https://api.example.com:8443/x"])
def test_the_key_is_not_sent_to_another_origin(passing: Time, url: str) -> None:
    replies = Replies(httpx.Response(200, json={}))
    with pytest.raises(StageError, match="another host"):
        replies.api.read(url)
    assert not replies.asked
    replies.api.read("https://api.example.com/x")
    assert replies.asked[0].headers["authorization"] == SECRET


def test_an_own_link_elsewhere_gets_no_key(passing: Time) -> None:
    replies = Replies(httpx.Response(302, headers={"location": "https://cdn.example.com/b"}), httpx.Response(200))
    replies.api.fetch("https://api.example.com/a", own=True)
    assert ["authorization" in r.headers for r in replies.asked] == [True, False]


@pytest.mark.parametrize("to", ["http://cdn.example.com/x", "http://127.0.0.1/x", "https://10.1.1.1/x", "file:///x"])
def test_a_redirect_does_not_lead_anywhere(passing: Time, to: str) -> None:
    replies = Replies(httpx.Response(302, headers={"location": to}))
    with pytest.raises(StageError, match="named an address"):
        replies.api.fetch("https://cdn.example.com/a")
    assert len(replies.asked) == 1


def test_redirects_end(passing: Time) -> None:
    replies = Replies(httpx.Response(302, headers={"location": "https://cdn.example.com/a"}))
    with pytest.raises(StageError, match="without end"):
        replies.api.fetch("https://cdn.example.com/a")


@pytest.mark.parametrize("code", [401, 403, 404, 410])
def test_an_old_link_is_gone(passing: Time, code: int) -> None:
    with pytest.raises(Gone, match="run out"):
        Replies(httpx.Response(code)).api.fetch("https://cdn.example.com/a")


def test_answers_are_bounded(passing: Time) -> None:
    replies = Replies(httpx.Response(200, content=bytes(2 << 20)))
    with pytest.raises(StageError, match="more than 1 MiB"):
        replies.api.fetch("https://cdn.example.com/a")


def test_a_compressed_answer_is_bounded_as_it_unfolds(stand: StandIn, passing: Time) -> None:
    import gzip

    bomb = httpx.Response(200, content=gzip.compress(bytes(64 << 20)), headers={"content-encoding": "gzip"})
    with pytest.raises(StageError, match="more than 1 MiB"):
        Replies(bomb).api.fetch("https://cdn.example.com/a")


def test_secrets_are_struck_out_however_json_spells_them(passing: Time) -> None:
    spelt = "".join(f"\\u{ord(c):04x}" for c in SECRET)
    body = f'{{"message": "bad {SECRET}", "{SECRET}": ["{spelt}"]}}'.encode()
    replies = Replies(httpx.Response(401, content=body))
    with pytest.raises(Refused, match="TEST_KEY") as told:
        replies.api.read("/x")
    assert SECRET not in f"{told.value}{told.value.detail}{told.value!r}"
    assert SECRET not in repr(replies.api.host)


@pytest.mark.parametrize(
    "payload", [None, [], {"message": None}, {"errors": [{"message": "why"}]}, {"detail": [{"msg": "why"}]}, "why", 7]
)
def test_reasons_are_found_wherever_they_stand(payload: Any) -> None:
    from toolchain.generate.remote.says import text_of

    assert text_of(payload) in ("", "why")
    assert text_of({"message": "a" * 500}) == "a" * 200 + "..."


def test_an_answer_is_not_a_place_for_keys() -> None:
    assert Api(Host("T", "https://a.example.com", secrets=(SECRET,))).clean(f"x{SECRET}y") == "x***y"
    assert Answer(200, {}, b"").body == b""


def test_secrets_are_struck_out_of_what_is_no_json(passing: Time) -> None:
    with pytest.raises(Lost) as told:
        Replies(httpx.Response(502, content=f"<p>{SECRET}</p>".encode())).api.create("/make")
    assert told.value.detail == "HTTP 502\n<p>***</p>"


def test_an_answer_that_drips_is_given_up(passing: Time) -> None:
    class Drips(httpx.SyncByteStream):
        drops = 0

        def __iter__(self) -> Iterator[bytes]:
            for _ in range(1000):
                self.drops += 1
                passing.goes_by(0.1)
                yield b" "

    stream = Drips()
    with pytest.raises(Lost, match="too slowly"):
        Replies(httpx.Response(200, stream=stream)).api.create("/make")
    assert stream.drops in (3, 4)  # of 0.1 s each, for 0.3 s
