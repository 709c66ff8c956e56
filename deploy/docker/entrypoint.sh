#!/bin/sh
# Gives a replica its number, and becomes the program. Kafka knows a replica by its number, so a container that starts
# again must come back under the one that it had. Where none is given, it is that of the container's name, by which
# Compose tells replicas apart (…-dedupe-2): the network's own DNS says it, from 1, and ours count from 0.
set -eu
if [ -z "${CADASTRE_ORDINAL:-}" ]; then
  name=$(getent -s dns hosts "$(hostname -i)" | { read -r _ name _ && echo "${name%%.*}"; }) || name=
  number=${name##*-}
  case $number in
    "" | *[!0-9]*)
      echo "cannot tell the replica's number from the container's name '$name': set CADASTRE_ORDINAL" >&2
      exit 2
      ;;
  esac
  export CADASTRE_ORDINAL=$((number - 1))
fi
exec "$@"
