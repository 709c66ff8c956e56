# Stand-ins for the public base images, from Debian packages over one base, for a machine that can pull none:
# `deploy/docker/bases.sh` makes them all. Only what is built and run on that machine is ever made of them, so whatever
# version Debian has today will do.
# hadolint global ignore=DL3008
ARG BASE_IMAGE

FROM ${BASE_IMAGE} AS node
COPY node /usr/local/bin/node
COPY npm /usr/local/lib/node_modules/npm
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm && ln -s ../lib/node_modules/npm/bin/npx-cli.js /usr/local/bin/npx

FROM ${BASE_IMAGE} AS nginx
RUN apt-get -qq update && apt-get -qq install -y --no-install-recommends nginx-light > /dev/null && rm -rf /var/lib/apt/lists/*

FROM ${BASE_IMAGE} AS jre
RUN install -d /usr/share/man/man1 && apt-get -qq update && apt-get -qq install -y --no-install-recommends openjdk-17-jre-headless > /dev/null && rm -rf /var/lib/apt/lists/*

FROM jre AS maven
RUN apt-get -qq update && apt-get -qq install -y --no-install-recommends maven > /dev/null && rm -rf /var/lib/apt/lists/*

FROM ${BASE_IMAGE} AS prometheus
RUN apt-get -qq update && apt-get -qq install -y --no-install-recommends prometheus > /dev/null && rm -rf /var/lib/apt/lists/* \
  && install -d -o 65534 -g 65534 /prometheus
USER 65534:65534
ENTRYPOINT ["prometheus"]

FROM ${BASE_IMAGE} AS alertmanager
RUN apt-get -qq update && apt-get -qq install -y --no-install-recommends prometheus-alertmanager > /dev/null && rm -rf /var/lib/apt/lists/* \
  && ln -s prometheus-alertmanager /usr/bin/alertmanager && install -d -o 65534 -g 65534 /alertmanager
USER 65534:65534
ENTRYPOINT ["alertmanager"]
