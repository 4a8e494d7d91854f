from __future__ import annotations

import pytest

from toolchain.generate.remote.address import check_address, origin
from toolchain.generate.remote.http import Host
from toolchain.stage import StageError

HOSTED = Host("Meshy", "https://api.meshy.ai")
HERE = Host("ComfyUI", "http://127.0.0.1:8188", local=True)
STUDIO = Host("ComfyUI", "http://render-3:8188", local=True)


@pytest.mark.parametrize(
    ("host", "url"),
    [
        (HOSTED, "https://assets.meshy.ai/x.glb?sig=1"),
        (HERE, "http://127.0.0.1:8188/view"),
        (HERE, "http://localhost:9/x"),
        (HERE, "http://[::1]:9/x"),
        (STUDIO, "http://render-3:8188/view"),
        (STUDIO, "http://192.168.1.7/x"),
        (STUDIO, "http://render.local/x"),
        (STUDIO, "https://cdn.example.com/x"),
    ],
)
def test_addresses_that_may_be_called(host: Host, url: str) -> None:
    check_address(url, host)


@pytest.mark.parametrize(
    ("host", "url"),
    [
        (HOSTED, "http://assets.meshy.ai/x.glb"),  # anyone on the way may change it
        (HOSTED, "https://127.0.0.1/x"),  # a service does not point us at this machine
        (HOSTED, "http://localhost:8080/x"),
        (HOSTED, "https://10.0.0.1/x"),  # nor at its neighbours
        (HOSTED, "https://169.254.169.254/latest/meta-data"),
        (HOSTED, "https://intranet/x"),
        (HOSTED, "file:///etc/passwd"),
        (HOSTED, "ftp://assets.meshy.ai/x"),
        (HOSTED, "https://user:password@assets.meshy.ai/x"),
        (HOSTED, "https://assets.meshy.ai/x\r\nX: y"),
        (HOSTED, "https:///x"),
        (HOSTED, "https://assets.meshy.ai:99999/x"),
        (HOSTED, ""),
        (STUDIO, "http://cdn.example.com/x"),
        (STUDIO, "http://127.0.0.1/x"),
    ],
)
def test_addresses_that_may_not(host: Host, url: str) -> None:
    with pytest.raises(StageError):
        check_address(url, host)


def test_a_key_is_bound_to_scheme_host_and_port() -> None:
    assert origin("https://API.meshy.ai/x") == origin("https://api.meshy.ai:443/y")
    for other in ("http://api.meshy.ai", "https://api.meshy.ai:444", "https://api.meshy.ai.evil.com"):
        assert origin(other) != origin("https://api.meshy.ai")
