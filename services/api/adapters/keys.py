"""The issuer's public keys, over HTTP."""

from __future__ import annotations

import http.client
import json
import urllib.request

from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from services.api.gate import KeysAway

TIMEOUT_S = 5.0
LARGEST = 1_048_576
_UNREADABLE = (ValueError, TypeError, KeyError, AttributeError, RecursionError, JoseError)  # of JSON that is no key set


def fetch_keys(url: str) -> KeySet:
    """Raises `KeysAway` where the issuer does not answer, and where its answer is none."""
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT_S) as answer:
            return KeySet.import_key_set(json.loads(answer.read(LARGEST)))
    except (OSError, http.client.HTTPException, *_UNREADABLE) as away:
        raise KeysAway(f"{url}: {away}") from away
