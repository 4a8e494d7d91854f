"""Talking to one API: what is retried, how long it may take, how much it may send, and where the key may go.

* A read is tried again on 429, 5xx and a broken connection, after a fixed schedule or as `Retry-After` says.
  A request that creates a job is sent once: a second one is a second bill.
* The key goes to the API's own origin and nowhere else: not to a download's address, not along a redirect.
* Whatever comes back has the key struck out before anything else sees it.
* https alone, but for loopback hosts, and private networks where the server is the user's own.
"""

from __future__ import annotations

import json
import ssl
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Any
from urllib.parse import urljoin

from toolchain.generate.remote import clock
from toolchain.generate.remote.address import check_address, origin
from toolchain.generate.remote.says import sentence, text_of
from toolchain.generate.remote.states import Gone, Lost, Refused
from toolchain.stage import StageError

#: Seconds before each further try of a read.
WAITS = (1.0, 2.0, 4.0, 8.0, 16.0)
LONGEST_WAIT_S = 60.0  # for which a server's Retry-After is obeyed; past it the run ends with that sentence
AGAIN = frozenset({429, 500, 502, 503, 504})
REDIRECTS = 5


@dataclass(frozen=True)
class Limits:
    """Seconds and bytes that one exchange may take."""

    connect_s: float = 10.0
    read_s: float = 60.0  # without a byte
    total_s: float = 180.0
    download_s: float = 480.0
    answer_bytes: int = 16 << 20
    model_bytes: int = 256 << 20


LIMITS = Limits()


@dataclass(frozen=True)
class Host:
    """Where an API lives. `headers` carry the key and go to `base`'s origin alone; `secrets` are struck out of
    everything that comes back."""

    title: str  # what messages call the service
    base: str  # https://api.meshy.ai
    headers: dict[str, str] = field(default_factory=dict, repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)
    key_name: str = ""  # the environment variable the key came from
    local: bool = False  # the user's own server: plain http is allowed in private networks


@dataclass(frozen=True, eq=False)
class Answer:
    """One answer, its body whole, the key struck out of text."""

    code: int
    headers: dict[str, str]  # lower-case names
    body: bytes


@cache
def _certificates() -> ssl.SSLContext:
    """The certificates that are trusted; reading them takes a tenth of a second."""
    import httpx

    return httpx.create_ssl_context()


class _Broken(Exception):
    """An exchange that did not end. `sent`: the request may have arrived."""

    def __init__(self, text: str, sent: bool) -> None:
        super().__init__(text)
        self.sent = sent


class Api:
    """One API. Use as a context manager; requests take httpx's `json`, `data`, `files`, `content`, `params`, `headers`.

    `fault(payload)` may say that an answer of 200 is a refusal: (kind, text) or None. Kind "busy" is tried again.
    """

    def __init__(self, host: Host, limits: Limits | None = None) -> None:
        import httpx

        check_address(host.base, host)
        self.host, self.limits = host, limits or LIMITS
        timeout = httpx.Timeout(self.limits.read_s, connect=self.limits.connect_s)
        self._http = httpx.Client(timeout=timeout, follow_redirects=False, verify=_certificates())

    def __enter__(self) -> Api:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def fault(self, payload: Any) -> tuple[str, str] | None:
        """Whether `payload` is a refusal in an answer of 200. A service with an envelope of its own says so here."""
        return None

    def clean(self, text: str) -> str:
        """`text` with every secret struck out."""
        for secret in self.host.secrets:
            text = text.replace(secret, "***")
        return text

    def payload(self, answer: Answer) -> Any:
        """The JSON of an answer, None where it is none. Secrets are struck out again: JSON can spell a letter oddly."""

        def struck(value: Any) -> Any:
            if isinstance(value, str):
                return self.clean(value)
            if isinstance(value, list):
                return [struck(v) for v in value]
            return {self.clean(k): struck(v) for k, v in value.items()} if isinstance(value, dict) else value

        try:
            return struck(json.loads(answer.body))
        except (ValueError, RecursionError):
            return None

    def create(self, path: str, *, method: str = "POST", read_s: float | None = None, **body: Any) -> Any:
        """The JSON that answers a request which makes a job. Sent once. Refused: nothing was made. Lost: not known."""
        answer = self.create_raw(path, method=method, read_s=read_s, **body)
        payload = self.payload(answer)
        if not isinstance(payload, (dict, list)):
            raise Lost(f"{self.host.title} answered the request with something that is not JSON.", self._peek(answer))
        return payload

    def create_raw(
        self, path: str, *, method: str = "POST", read_s: float | None = None, limit: int | None = None, **body: Any
    ) -> Answer:
        """The same, the answer as it came: for services that answer with the model itself."""
        try:
            answer = self._exchange(method, self._own(path), True, limit, read_s=read_s, **body)
        except _Broken as broken:
            if not broken.sent:
                raise Refused(f"{self.host.title} could not be reached: {broken}.", "busy") from None
            raise Lost(f"The connection to {self.host.title} broke after the request was sent: {broken}.") from None
        if answer.code >= 500:
            raise Lost(f"{self.host.title} failed while it took the request (HTTP {answer.code}).", self._peek(answer))
        self._refuse(answer)
        return answer

    def read(self, path: str, *, method: str = "GET", **body: Any) -> Any:
        """The JSON that answers a request which changes nothing, however often it is sent."""
        return self._patient(lambda: self._exchange(method, self._own(path), True, None, **body), self._json)

    def once(self, path: str, *, method: str = "POST", **body: Any) -> bool:
        """Send a request whose answer does not matter, such as a cancellation; whether it was taken."""
        try:
            return self._exchange(method, self._own(path), True, None, **body).code < 400
        except _Broken:
            return False

    def fetch(self, url: str, own: bool = False, limit: int | None = None) -> Answer:
        """A file, redirects followed; without the key unless `own`. Gone where the address has run out."""
        return self._patient(lambda: self._follow(url, own, limit or self.limits.model_bytes), self._file)

    def _own(self, path: str) -> str:
        """`path` as an address of this API. StageError for an address elsewhere: the key is not sent there."""
        url = urljoin(self.host.base.rstrip("/") + "/", path) if "://" in path else self.host.base.rstrip("/") + path
        if origin(url) != origin(self.host.base):
            raise StageError(f"{self.host.title} named an address on another host, to which the key is not sent.")
        return url

    def _patient(self, ask: Any, take: Any) -> Any:
        """`take(ask())`, tried again along WAITS where that may help."""
        for wait in (*WAITS, None):
            try:
                answer = ask()
            except _Broken as broken:
                if wait is None:
                    message = f"{self.host.title} does not answer: {broken}. Run again to go on."
                    raise StageError(message, passing=True) from None
                clock.sleep(wait)
                continue
            taken = None if answer.code in AGAIN else take(answer)
            if taken is not None:
                return taken
            asked = self._retry_after(answer)
            if wait is None or asked > LONGEST_WAIT_S:
                why = f"HTTP {answer.code}" if answer.code >= 400 else "an answer that cannot be read"
                later = f" It asks to wait {asked:g} s." if asked > LONGEST_WAIT_S else ""
                message = f"{self.host.title} is not working now: {why}.{later} Run again to go on."
                raise StageError(message, passing=True)
            clock.sleep(max(wait, asked))
        raise AssertionError("the last try returns or raises")

    def _json(self, answer: Answer) -> Any:
        self._redirected(answer)
        payload = self.payload(answer)
        if answer.code < 400 and payload is None:
            return None  # cut off or not JSON: ask again
        if payload is not None and (said := self.fault(payload)) and said[0] == "busy":
            return None
        self._refuse(answer)
        return payload

    def _file(self, answer: Answer) -> Answer:
        if answer.code in (401, 403, 404, 410):
            raise Gone(f"The download address of {self.host.title} has run out (HTTP {answer.code}).")
        self._refuse(answer)
        return answer

    def _refuse(self, answer: Answer) -> None:
        """Raise Refused where the answer says no."""
        self._redirected(answer)
        payload = self.payload(answer)
        said = self.fault(payload) if payload is not None else None
        if answer.code >= 400 or said:
            kind, text = said or ("", text_of(payload))
            raise Refused(*sentence(self.host, answer.code, kind, text), self._peek(answer))

    def _redirected(self, answer: Answer) -> None:
        if 300 <= answer.code < 400:
            raise Refused(f"{self.host.title} redirects to another address; a key is not sent along a redirect.")

    def _peek(self, answer: Answer) -> str:
        payload = self.payload(answer)
        text = answer.body.decode("utf-8", "replace") if payload is None else json.dumps(payload, ensure_ascii=False)
        return f"HTTP {answer.code}\n{text[:2000]}"

    def _follow(self, url: str, own: bool, limit: int) -> Answer:
        for _ in range(REDIRECTS):
            check_address(url, self.host)
            answer = self._exchange(
                "GET", url, own and origin(url) == origin(self.host.base), limit, total_s=self.limits.download_s
            )
            if not 300 <= answer.code < 400:
                return answer
            url = urljoin(url, answer.headers.get("location", ""))
        raise StageError(f"The download of {self.host.title} is redirected without end.")

    def _exchange(
        self,
        method: str,
        url: str,
        keyed: bool,
        limit: int | None,
        total_s: float | None = None,
        read_s: float | None = None,
        headers: dict[str, str] | None = None,
        **body: Any,
    ) -> Answer:
        import httpx

        limit = limit or self.limits.answer_bytes
        end = clock.now() + max(total_s or self.limits.total_s, read_s or 0.0)
        timeout = httpx.Timeout(read_s or self.limits.read_s, connect=self.limits.connect_s)
        sent = {"Accept": "*/*", "User-Agent": "dropforge"} | (self.host.headers if keyed else {}) | (headers or {})
        chunks: list[bytes] = []
        size = 0
        try:
            with self._http.stream(method, url, headers=sent, timeout=timeout, **body) as response:
                for chunk in response.iter_bytes():
                    chunks.append(chunk)
                    size += len(chunk)
                    if size > limit:
                        raise StageError(
                            f"{self.host.title} sends more than {limit >> 20} MiB, the most that is taken."
                        )
                    if clock.now() > end:
                        raise _Broken("its answer came too slowly", True)
                code, found = response.status_code, {k.lower(): v for k, v in response.headers.items()}
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError, httpx.UnsupportedProtocol) as error:
            raise _Broken(self.clean(str(error)) or type(error).__name__, False) from None
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
            raise _Broken(self.clean(str(error)) or type(error).__name__, True) from None
        raw = b"".join(chunks)
        if raw[:4] != b"glTF":  # a server may repeat the key in an error
            for secret in self.host.secrets:
                raw = raw.replace(secret.encode(), b"***")
        return Answer(code, found, raw)

    @staticmethod
    def _retry_after(answer: Answer) -> float:
        """Seconds the server asks to wait; a date counts from the answer's own Date, so that no clock is read."""
        asked = answer.headers.get("retry-after", "").strip()
        if asked.isdigit():
            return float(asked)
        try:
            return max(
                0.0,
                (parsedate_to_datetime(asked) - parsedate_to_datetime(answer.headers.get("date", ""))).total_seconds(),
            )
        except (ValueError, TypeError):
            return 0.0
