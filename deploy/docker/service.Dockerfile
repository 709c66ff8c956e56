# One image a service: the dependencies of its extra alone, from that extra's lock, and the code. The extra `cli` is the
# command line. Behind a proxy that signs anew, give its bundle: --secret id=ca,src=…; nothing of it stays.
ARG BASE_IMAGE=python:3.11-slim-bookworm

FROM ${BASE_IMAGE} AS uv
COPY requirements/uv.txt /tmp/uv.txt
RUN --mount=type=secret,id=ca \
    if [ -s /run/secrets/ca ]; then export PIP_CERT=/run/secrets/ca; fi; \
    python3 -m venv /opt/uv && /opt/uv/bin/pip install -q --no-cache-dir --require-hashes -r /tmp/uv.txt

FROM uv AS dependencies
ARG EXTRA
COPY requirements/${EXTRA}.txt /tmp/requirements.txt
RUN --mount=type=secret,id=ca --mount=type=cache,target=/var/cache/uv \
    export UV_CACHE_DIR=/var/cache/uv; \
    if [ -s /run/secrets/ca ]; then export SSL_CERT_FILE=/run/secrets/ca; fi; \
    python3 -m venv --without-pip /opt/venv && \
    /opt/uv/bin/uv pip sync -q --link-mode copy --python /opt/venv/bin/python --require-hashes /tmp/requirements.txt && \
    find /opt/venv -name tests -type d -prune -exec rm -rf {} + && \
    python3 -m compileall -q /opt/venv

FROM ${BASE_IMAGE} AS code
COPY schemas /app/schemas
COPY services /app/services
RUN python3 -m compileall -q /app

FROM ${BASE_IMAGE} AS service
ARG EXTRA
LABEL org.opencontainers.image.title="cadastre-${EXTRA}" \
      org.opencontainers.image.description="Cadastre, a streaming territory and segmentation engine: ${EXTRA}"
RUN useradd --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin cadastre && \
    install -d -o cadastre -g cadastre /var/lib/cadastre
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    CADASTRE_HTTP_HOST=0.0.0.0 \
    CADASTRE_HTTP_PORT=8081 \
    CADASTRE_API_HOST=0.0.0.0 \
    CADASTRE_VIEW=/var/lib/cadastre/view.sqlite \
    CADASTRE_PROBE=http://127.0.0.1:8081/readyz
COPY deploy/docker/entrypoint.sh deploy/docker/probe.py /opt/cadastre/
COPY --from=dependencies /opt/venv /opt/venv
COPY --from=code /app /app
WORKDIR /app
USER 10001:10001
HEALTHCHECK --interval=5s --timeout=4s --start-period=60s --retries=3 CMD ["python", "/opt/cadastre/probe.py"]
ENTRYPOINT ["/bin/sh", "/opt/cadastre/entrypoint.sh"]

# With the demo's data and its issuer of tokens: the command line that sets a deployment up, and who signs people in.
FROM service AS demo
COPY deploy/__init__.py /app/deploy/
COPY deploy/local/__init__.py deploy/local/issuer.py /app/deploy/local/
COPY deploy/demo /app/deploy/demo
COPY deploy/docker/setup.sh deploy/docker/demo.sh /opt/cadastre/
