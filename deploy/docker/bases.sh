#!/usr/bin/env bash
# Makes cadastre-base/{python,node,nginx,jre,maven,prometheus,alertmanager}:bookworm where this machine has them not;
# needs root, debootstrap, and this machine's own Node. A folder is given to work in.
set -euo pipefail
work=$1
here=$(cd "$(dirname "$0")" && pwd)
docker=${DOCKER:-docker}
has() { "$docker" image inspect "cadastre-base/$1:bookworm" > /dev/null 2>&1; }

mkdir -p "$work"
if ! has python; then
  rm -rf "$work/rootfs"
  debootstrap --variant=minbase --include=ca-certificates,python3,python3-venv bookworm "$work/rootfs" > "$work/debootstrap.log"
  rm -rf "$work/rootfs"/var/{lib/apt/lists,cache/apt}/* "$work/rootfs"/usr/share/{doc,locale}/*
  tar -C "$work/rootfs" -c . | "$docker" import --change 'CMD ["python3"]' - cadastre-base/python:bookworm > /dev/null
  rm -rf "$work/rootfs"
fi
if ! has node; then
  rm -rf "$work/node" && mkdir "$work/node"
  cp -L "$(command -v node)" "$work/node/node"
  cp -a "$(npm root -g)/npm" "$work/node/npm"
  DOCKER_BUILDKIT=1 "$docker" build -q -f "$here/bases.Dockerfile" --build-arg BASE_IMAGE=cadastre-base/python:bookworm \
    --target node -t cadastre-base/node:bookworm "$work/node" > /dev/null
  rm -rf "$work/node"
fi
mkdir -p "$work/empty"
for name in nginx jre maven prometheus alertmanager; do
  has $name || DOCKER_BUILDKIT=1 "$docker" build -q -f "$here/bases.Dockerfile" --build-arg BASE_IMAGE=cadastre-base/python:bookworm \
    --target $name -t cadastre-base/$name:bookworm "$work/empty" > /dev/null
done
