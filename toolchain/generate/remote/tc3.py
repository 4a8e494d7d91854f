"""TC3-HMAC-SHA256: how Tencent Cloud wants a request signed (its documents' "Signature v3").

Forty lines of standard library in place of an SDK, so that the same client, with its ledger, limits and redaction,
speaks to Tencent too. Checked against the SDK's own signatures in the tests.
"""

from __future__ import annotations

import hashlib
import hmac
import time

ALGORITHM = "TC3-HMAC-SHA256"
CONTENT = "application/json"


def signed_headers(
    action: str, body: bytes, *, host: str, service: str, version: str, region: str, secret_id: str, secret_key: str,
    timestamp: int,
) -> dict[str, str]:  # fmt: skip
    """Headers of a POST of `body` to `/`. `timestamp` in seconds since 1970: the server takes five minutes' error."""
    date = time.strftime("%Y-%m-%d", time.gmtime(timestamp))
    canonical = f"POST\n/\n\ncontent-type:{CONTENT}\nhost:{host}\n\ncontent-type;host\n{_hex(body)}"
    scope = f"{date}/{service}/tc3_request"
    to_sign = f"{ALGORITHM}\n{timestamp}\n{scope}\n{_hex(canonical.encode())}"
    key = f"TC3{secret_key}".encode()
    for part in (date, service, "tc3_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    signature = hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()
    return {
        "Authorization": f"{ALGORITHM} Credential={secret_id}/{scope}, SignedHeaders=content-type;host, "
        f"Signature={signature}",
        "Content-Type": CONTENT,
        "Host": host,
        "X-TC-Action": action,
        "X-TC-Timestamp": str(timestamp),
        "X-TC-Version": version,
        "X-TC-Region": region,
    }


def _hex(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
