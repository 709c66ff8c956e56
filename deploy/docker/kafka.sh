#!/usr/bin/env bash
# KAFKA_LOG_DIRS=… is log.dirs=…, and so on for every setting of the broker. The data folder is formatted once.
set -euo pipefail
properties=/tmp/server.properties
env | sed -n 's/^KAFKA_\([A-Z_]*\)=/\1=/p' | grep -v -E '^(HEAP_OPTS|CLUSTER_ID)=' | while IFS='=' read -r name value; do
  name=${name,,}
  echo "${name//_/.}=$value"
done > "$properties"
java=(java ${KAFKA_HEAP_OPTS:--Xms64m -Xmx1g} -XX:+UseSerialGC -Dlog4j2.configurationFile=/opt/kafka/log4j2.yaml -cp '/opt/kafka/lib/*')
if [ ! -e "$KAFKA_LOG_DIRS/meta.properties" ]; then
  "${java[@]}" kafka.tools.StorageTool format -t "$CLUSTER_ID" -c "$properties"
fi
exec "${java[@]}" kafka.Kafka "$properties"
