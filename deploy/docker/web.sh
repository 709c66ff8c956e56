#!/bin/sh
# Writes what only the running container knows into nginx's configuration, and becomes nginx: whom the page may ask for
# tokens (the origin of CADASTRE_ISSUER), where the api is, and which DNS server knows its replicas.
set -eu
resolver=$(sed -n 's/^nameserver //p' /etc/resolv.conf | head -n 1)
issuer=$(echo "$CADASTRE_ISSUER" | sed -E 's#^(https?://[^/]+).*#\1#')
sed -e "s#@ISSUER@#$issuer#" -e "s#@RESOLVER@#$resolver#" -e "s#@API@#$CADASTRE_API#" /opt/cadastre/nginx.conf > /tmp/nginx.conf
exec nginx -e stderr -c /tmp/nginx.conf
