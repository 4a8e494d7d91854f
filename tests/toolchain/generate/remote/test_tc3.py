"""Signatures against those that the SDK of Tencent (tencentcloud-sdk-python-common 3.1.195) makes of these bodies."""

from __future__ import annotations

import pytest

from toolchain.generate.remote.tc3 import signed_headers

SDK = {
    (b'{"JobId": "1"}', 1700000000): "37e4017968358409580f6e139d7a67d67d61b18f252f7eeb6a1f1d4ec3c815d8",
    ('{"Prompt": "Größe"}'.encode(), 1551113065): "4a221b7d3d19ee3803f797b6f5d19f6b26ad6f725968e840fe47d8df57963fa6",
}


@pytest.mark.parametrize(("body", "timestamp"), SDK)
def test_signatures_are_the_sdks(body: bytes, timestamp: int) -> None:
    headers = signed_headers(
        "QueryHunyuanTo3DProJob", body, host="ai3d.tencentcloudapi.com", service="ai3d", version="2025-05-13",
        region="ap-guangzhou", secret_id="id", secret_key="secret-key-1", timestamp=timestamp,
    )  # fmt: skip
    assert headers["Authorization"].endswith(f"Signature={SDK[body, timestamp]}")
    assert "secret-key-1" not in str(headers)
    assert headers["X-TC-Timestamp"] == str(timestamp)
