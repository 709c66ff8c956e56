# What stands in for AWS S3 (SeaweedFS) and for Snowflake (fakesnow) on one machine, in one image, for two containers.
ARG BASE_IMAGE=python:3.11-slim-bookworm

FROM ${BASE_IMAGE} AS dependencies
COPY requirements/uv.txt requirements/emulators.txt /tmp/
RUN --mount=type=secret,id=ca --mount=type=cache,target=/var/cache/uv \
    export UV_CACHE_DIR=/var/cache/uv; \
    if [ -s /run/secrets/ca ]; then export PIP_CERT=/run/secrets/ca SSL_CERT_FILE=/run/secrets/ca; fi; \
    python3 -m venv /opt/uv && /opt/uv/bin/pip install -q --no-cache-dir --require-hashes -r /tmp/uv.txt && \
    python3 -m venv --without-pip /opt/venv && \
    /opt/uv/bin/uv pip sync -q --link-mode copy --python /opt/venv/bin/python --require-hashes /tmp/emulators.txt && \
    find /opt/venv -name tests -type d -prune -exec rm -rf {} + && \
    python3 -m compileall -q /opt/venv

FROM ${BASE_IMAGE} AS emulators
LABEL org.opencontainers.image.title="cadastre-emulators" \
      org.opencontainers.image.description="SeaweedFS and fakesnow, for Cadastre on one machine"
RUN useradd --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin cadastre && \
    install -d -o cadastre -g cadastre /var/lib/emulators
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
COPY --from=dependencies /opt/venv /opt/venv
COPY deploy/local/emulators/fakesnow_server.py deploy/docker/objects.sh deploy/docker/warehouse.sh deploy/docker/listens.py /opt/cadastre/
WORKDIR /tmp
USER 10001:10001
HEALTHCHECK --interval=3s --timeout=3s --start-period=60s --retries=5 CMD ["python", "/opt/cadastre/listens.py"]
ENTRYPOINT ["/bin/sh"]
