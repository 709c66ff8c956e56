#!/bin/sh
# SeaweedFS as the object store of one deployment, with the one identity that the loader has.
set -eu
cat > /tmp/s3.json <<END
{"identities": [{"name": "loader", "actions": ["Admin", "Read", "Write", "List", "Tagging"],
  "credentials": [{"accessKey": "$CADASTRE_S3_ACCESS_KEY", "secretKey": "$CADASTRE_S3_SECRET_KEY"}]}]}
END
exec weed mini -dir=/var/lib/emulators -ip=127.0.0.1 -ip.bind=0.0.0.0 -s3.port="$PORT" -s3.config=/tmp/s3.json \
  -s3.port.iceberg=0 -s3.port.lance=0 -webdav=false -admin.ui=false
