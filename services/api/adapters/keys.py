"""The issuer's public keys, over HTTP."""

from __future__ import annotations

import json
import urllib.error
import urllib.request

from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from services.api.gate import KeysAway

TIMEOUT_S = 5.0
LARGEST = 1_048_576


def fetch_keys(url: str) -> KeySet:
    """Raises `KeysAway`."""
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT_S) as answer:
            return KeySet.import_key_set(json.loads(answer.read(LARGEST)))
    except (urllib.error.URLError, TimeoutError, ConnectionError, ValueError, JoseError) as away:
        raise KeysAway(f"{url}: {away}") from away
