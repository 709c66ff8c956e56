"""Is the service in this container ready? Exit code 0 where CADASTRE_PROBE answers 2xx; else what it said."""

import os
import sys
import urllib.error
import urllib.request

try:
    urllib.request.urlopen(os.environ["CADASTRE_PROBE"], timeout=3).close()
except urllib.error.HTTPError as refusal:
    sys.exit(refusal.read(2_000).decode(errors="replace"))
except OSError as failure:
    sys.exit(str(failure))
