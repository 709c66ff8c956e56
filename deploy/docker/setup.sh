#!/bin/sh
# What a deployment needs before its first process starts. Running it again changes nothing: what people own is loaded
# only where nobody owns anything yet.
set -eu
cadastre() { python -m services.cli "$@"; }

cadastre topics create
cadastre warehouse migrate
if [ -z "$(cadastre reference show territory)" ]; then
  cadastre reference apply deploy/demo/reference.yaml --by setup
fi
