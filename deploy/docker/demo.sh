#!/bin/sh
# The demo's exports of three CRMs, or of those that are named. Running it again changes nothing.
set -eu
[ $# -gt 0 ] || set -- salesforce hubspot dynamics
for source in "$@"; do
  python -m services.cli ingest "deploy/demo/mock_clients/$source.csv" --source "$source" \
    --map-file deploy/demo/sources.yaml || [ $? -eq 1 ] # 1: some rows are rejected, as a CRM's would be
done
