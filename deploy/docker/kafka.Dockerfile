# Apache Kafka (KRaft) from its jars. It takes its settings by the names that the image apache/kafka does.
ARG MAVEN_IMAGE=maven:3.9-eclipse-temurin-17
ARG JRE_IMAGE=eclipse-temurin:17-jre-jammy

FROM ${MAVEN_IMAGE} AS jars
COPY deploy/local/kafka/pom.xml /build/pom.xml
# `cacerts`: a Java trust store, where a proxy signs anew.
RUN --mount=type=secret,id=cacerts --mount=type=cache,target=/var/cache/maven \
    if [ -s /run/secrets/cacerts ]; then export MAVEN_OPTS=-Djavax.net.ssl.trustStore=/run/secrets/cacerts; fi; \
    mvn -q -B -Dmaven.repo.local=/var/cache/maven -f /build/pom.xml dependency:copy-dependencies -DoutputDirectory=/build/lib -DincludeScope=runtime

FROM ${JRE_IMAGE} AS kafka
LABEL org.opencontainers.image.title="cadastre-kafka" \
      org.opencontainers.image.description="Apache Kafka, one node, for Cadastre on one machine"
RUN useradd --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin cadastre && \
    install -d -o cadastre -g cadastre /var/lib/kafka/data
COPY --from=jars /build/lib /opt/kafka/lib
COPY deploy/local/kafka/log4j2.yaml deploy/docker/kafka.sh /opt/kafka/
USER 10001:10001
EXPOSE 9092
HEALTHCHECK --interval=3s --timeout=3s --start-period=60s --retries=5 CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/9092"]
ENTRYPOINT ["bash", "/opt/kafka/kafka.sh"]
