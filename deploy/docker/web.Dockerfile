# The dashboard, built, behind nginx: pages, the way to the api's replicas, and the headers that a browser needs.
ARG NODE_IMAGE=node:22-bookworm-slim
ARG NGINX_IMAGE=nginx:1.28-bookworm

FROM ${NODE_IMAGE} AS build
WORKDIR /web
COPY web/package.json web/package-lock.json web/.npmrc ./
RUN --mount=type=secret,id=ca --mount=type=cache,target=/var/cache/npm \
    if [ -s /run/secrets/ca ]; then export NODE_EXTRA_CA_CERTS=/run/secrets/ca; fi; \
    npm ci --silent --cache /var/cache/npm
COPY web/ ./
RUN npm run -s build -- --logLevel warn && npm run -s size

FROM ${NGINX_IMAGE} AS web
LABEL org.opencontainers.image.title="cadastre-web" \
      org.opencontainers.image.description="Cadastre's dashboard behind nginx"
COPY deploy/docker/nginx.conf deploy/docker/web.sh /opt/cadastre/
COPY --from=build /web/dist /srv/dashboard
USER 10001:10001
EXPOSE 3000 8000
HEALTHCHECK --interval=5s --timeout=3s --start-period=30s --retries=3 CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/3000"]
ENTRYPOINT ["/bin/sh", "/opt/cadastre/web.sh"]
