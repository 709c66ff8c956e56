#!/bin/sh
# fakesnow as the warehouse, reading stages from the object store.
set -eu
exec python /opt/cadastre/fakesnow_server.py "0.0.0.0:$PORT" "$CADASTRE_S3_ENDPOINT" "$CADASTRE_S3_ACCESS_KEY" \
  "$CADASTRE_S3_SECRET_KEY" /var/lib/emulators
