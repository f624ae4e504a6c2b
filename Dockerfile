# Every service of Shoal, one target each: gateway, worker-yolo, worker-detectron, worker-yolo-gpu, worker-detectron-gpu;
# and the command line, cli.
#
#   docker build --target worker-yolo -t shoal/worker-yolo .
#
# Inputs that a network of its own may need: NPM_CONFIG_REGISTRY and NUGET_INDEX for mirrors, NODE_IMAGE and CUDA_IMAGE
# for the bases, and the secret `ca`, a PEM bundle that the package managers trust in addition.
ARG NODE_IMAGE=node:24-bookworm-slim
ARG CUDA_IMAGE=nvidia/cuda:12.8.1-cudnn-runtime-ubuntu24.04

# The lock file and what it locks: a change of source leaves everything up to the installations as it was.
# Nothing here is compiled, so it runs on the builder's own platform, whatever the image is for.
FROM --platform=$BUILDPLATFORM ${NODE_IMAGE} AS locked
WORKDIR /app
ARG NPM_CONFIG_REGISTRY
ENV CI=true pnpm_config_pm_on_fail=ignore
COPY pnpm-lock.yaml pnpm-workspace.yaml package.json ./
COPY packages/client/package.json packages/client/
COPY packages/formats/package.json packages/formats/
COPY packages/shared/package.json packages/shared/
COPY packages/vision/package.json packages/vision/
COPY packages/worker-runtime/package.json packages/worker-runtime/
COPY apps/cli/package.json apps/cli/
COPY apps/gateway/package.json apps/gateway/
COPY apps/web/package.json apps/web/
COPY apps/worker-detectron/package.json apps/worker-detectron/
COPY apps/worker-yolo/package.json apps/worker-yolo/
# `install-locked ARGUMENTS`: no script of any package runs, and all packages lie in one folder, as in the images.
RUN printf '%s\n' '#!/bin/sh' 'set -eu' \
      'if [ -s /run/secrets/ca ]; then export NODE_EXTRA_CA_CERTS=/run/secrets/ca; fi' \
      'if [ -n "${NPM_CONFIG_REGISTRY:-}" ]; then export pnpm_config_registry="$NPM_CONFIG_REGISTRY"; fi' \
      'if [ -z "${NPM_CONFIG_REGISTRY:-}" ]; then unset NPM_CONFIG_REGISTRY; fi' \
      'pnpm=$(node -p "require(\"./package.json\").packageManager")' \
      'exec npx --yes --cache /cache/npm "$pnpm" install --frozen-lockfile --ignore-scripts \' \
      '  --store-dir /cache/pnpm --config.node-linker=hoisted "$@"' \
      >/usr/local/bin/install-locked && chmod +x /usr/local/bin/install-locked

FROM locked AS build
RUN --mount=type=cache,id=shoal-packages,target=/cache --mount=type=secret,id=ca install-locked
COPY . .
RUN (cd apps/web && node ../../node_modules/vite/bin/vite.js build) \
 && node scripts/build-shoal.ts && node scripts/build-services.ts

FROM locked AS gateway-packages
ARG TARGETARCH
RUN --mount=type=cache,id=shoal-packages,target=/cache --mount=type=secret,id=ca \
    install-locked --prod --filter '@shoal/gateway...' \
      --os linux --libc glibc --cpu "$(echo "$TARGETARCH" | sed s/amd64/x64/)" \
 && rm -rf node_modules/@shoal node_modules/.pnpm* node_modules/.modules.yaml

FROM locked AS worker-packages
ARG TARGETARCH
# onnxruntime-node brings its binaries for every system; the image keeps one.
RUN --mount=type=cache,id=shoal-packages,target=/cache --mount=type=secret,id=ca \
    cpu="$(echo "$TARGETARCH" | sed s/amd64/x64/)" \
 && install-locked --prod --filter '@shoal/worker-runtime...' --os linux --libc glibc --cpu "$cpu" \
 && cd node_modules && rm -rf @shoal .pnpm* .modules.yaml \
 && cd onnxruntime-node/bin/* && mv "linux/$cpu" kept && rm -rf darwin linux win32 && mkdir linux && mv kept "linux/$cpu"

# The CUDA provider is too large for the registry: the package's own script fetches it, and here it is called by name.
FROM worker-packages AS gpu-worker-packages
ARG NUGET_INDEX
RUN --mount=type=secret,id=ca \
    if [ -s /run/secrets/ca ]; then export NODE_EXTRA_CA_CERTS=/run/secrets/ca; fi \
 && cd node_modules/onnxruntime-node \
 && if [ -n "$NUGET_INDEX" ]; then sed -i "s|index: 'https:[^']*'|index: '$NUGET_INDEX'|" script/install-metadata.js; fi \
 && node script/install.js --onnxruntime-node-install=cuda12 \
 && rm bin/*/linux/x64/libonnxruntime_providers_tensorrt.so

FROM ${NODE_IMAGE} AS node

FROM node AS service
ENV NODE_ENV=production NODE_OPTIONS=--enable-source-maps
WORKDIR /app
LABEL org.opencontainers.image.licenses=Apache-2.0 org.opencontainers.image.vendor=Shoal
STOPSIGNAL SIGTERM
# The user `node` of the base image, as a number, so that an orchestrator can see that it is not root.
USER 1000:1000

FROM service AS gateway
LABEL org.opencontainers.image.title=shoal-gateway \
      org.opencontainers.image.description="The front of Shoal: routes, uploads, admission, the page"
ENV HOST=0.0.0.0 PORT=8080
EXPOSE 8080
# A volume takes its owner from here when it is first mounted: the keys are written, and read, by nobody but this user.
USER root
RUN install -d -o 1000 -g 1000 -m 700 /run/api-keys
USER 1000:1000
HEALTHCHECK --interval=5s --timeout=4s --start-period=60s --retries=3 CMD ["node", "-e", \
  "fetch(`http://127.0.0.1:${process.env.PORT}/readyz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "apps/gateway/dist/main.js"]
COPY --from=gateway-packages /app/node_modules node_modules
COPY apps/gateway/package.json apps/gateway/
COPY --from=build /app/apps/web/dist apps/web/dist
COPY --from=build /app/apps/cli/dist apps/cli/dist
COPY --from=build /app/apps/gateway/dist apps/gateway/dist
ARG VERSION=0.1.0 REVISION
LABEL org.opencontainers.image.version=$VERSION org.opencontainers.image.revision=$REVISION

FROM service AS worker
ENV MODELS_DIR=/models SHOAL_METRICS_HOST=0.0.0.0 SHOAL_METRICS_PORT=9091 ORT_DISABLE_TELEMETRY=1
EXPOSE 9091
# Loading a large model takes a while, and nothing is wrong meanwhile.
HEALTHCHECK --interval=5s --timeout=4s --start-period=300s --retries=3 CMD ["node", "-e", \
  "fetch(`http://127.0.0.1:${process.env.SHOAL_METRICS_PORT}/readyz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
COPY --from=worker-packages /app/node_modules node_modules

FROM worker AS worker-yolo
LABEL org.opencontainers.image.title=shoal-worker-yolo \
      org.opencontainers.image.description="A worker of Shoal for exports of YOLO"
CMD ["node", "apps/worker-yolo/dist/main.js"]
COPY apps/worker-yolo/package.json apps/worker-yolo/
COPY --from=build /app/apps/worker-yolo/dist apps/worker-yolo/dist
ARG VERSION=0.1.0 REVISION
LABEL org.opencontainers.image.version=$VERSION org.opencontainers.image.revision=$REVISION

FROM worker AS worker-detectron
LABEL org.opencontainers.image.title=shoal-worker-detectron \
      org.opencontainers.image.description="A worker of Shoal for exports of Detectron2"
CMD ["node", "apps/worker-detectron/dist/main.js"]
COPY apps/worker-detectron/package.json apps/worker-detectron/
COPY --from=build /app/apps/worker-detectron/dist apps/worker-detectron/dist
ARG VERSION=0.1.0 REVISION
LABEL org.opencontainers.image.version=$VERSION org.opencontainers.image.revision=$REVISION

# The command line, and both families of workers beside it, which `shoal models check` runs.
FROM worker AS cli
LABEL org.opencontainers.image.title=shoal-cli \
      org.opencontainers.image.description="The command line of Shoal"
HEALTHCHECK NONE
ENTRYPOINT ["node", "/app/apps/cli/dist/shoal.mjs"]
CMD ["--help"]
COPY apps/worker-detectron/package.json apps/worker-detectron/
COPY --from=build /app/apps/worker-detectron/dist apps/worker-detectron/dist
COPY apps/worker-yolo/package.json apps/worker-yolo/
COPY --from=build /app/apps/worker-yolo/dist apps/worker-yolo/dist
COPY --from=build /app/apps/cli/dist apps/cli/dist
# Where the pictures are mounted.
WORKDIR /data
ARG VERSION=0.1.0 REVISION
LABEL org.opencontainers.image.version=$VERSION org.opencontainers.image.revision=$REVISION

# The same workers on a base that has CUDA 12 and cuDNN 9, with the provider that needs them. For linux/amd64.
FROM ${CUDA_IMAGE} AS gpu-worker
COPY --from=node /usr/local/bin/node /usr/local/bin/node
WORKDIR /app
COPY --from=gpu-worker-packages /app/node_modules node_modules
# A driver brings libcuda with it when a container starts; until then the one of the base image stands in.
RUN --mount=type=bind,source=scripts/images/check-cuda-provider.mjs,target=/tmp/check.mjs \
    LD_LIBRARY_PATH="$LD_LIBRARY_PATH:/usr/local/cuda/compat" node /tmp/check.mjs node_modules/onnxruntime-node
ENV NODE_ENV=production NODE_OPTIONS=--enable-source-maps DEVICE=cuda \
    MODELS_DIR=/models SHOAL_METRICS_HOST=0.0.0.0 SHOAL_METRICS_PORT=9091 ORT_DISABLE_TELEMETRY=1 \
    NVIDIA_VISIBLE_DEVICES=all NVIDIA_DRIVER_CAPABILITIES=compute,utility
EXPOSE 9091
HEALTHCHECK --interval=5s --timeout=4s --start-period=300s --retries=3 CMD ["node", "-e", \
  "fetch(`http://127.0.0.1:${process.env.SHOAL_METRICS_PORT}/readyz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
LABEL org.opencontainers.image.licenses=Apache-2.0 org.opencontainers.image.vendor=Shoal
STOPSIGNAL SIGTERM
ENTRYPOINT []
USER 1000:1000

FROM gpu-worker AS worker-yolo-gpu
LABEL org.opencontainers.image.title=shoal-worker-yolo-gpu \
      org.opencontainers.image.description="A worker of Shoal for exports of YOLO, on CUDA"
CMD ["node", "apps/worker-yolo/dist/main.js"]
COPY apps/worker-yolo/package.json apps/worker-yolo/
COPY --from=build /app/apps/worker-yolo/dist apps/worker-yolo/dist
ARG VERSION=0.1.0 REVISION
LABEL org.opencontainers.image.version=$VERSION org.opencontainers.image.revision=$REVISION

FROM gpu-worker AS worker-detectron-gpu
LABEL org.opencontainers.image.title=shoal-worker-detectron-gpu \
      org.opencontainers.image.description="A worker of Shoal for exports of Detectron2, on CUDA"
CMD ["node", "apps/worker-detectron/dist/main.js"]
COPY apps/worker-detectron/package.json apps/worker-detectron/
COPY --from=build /app/apps/worker-detectron/dist apps/worker-detectron/dist
ARG VERSION=0.1.0 REVISION
LABEL org.opencontainers.image.version=$VERSION org.opencontainers.image.revision=$REVISION

# For docker-compose.dev.yml: everything that is installed, and the sources as they are.
FROM build AS dev
ENV HOST=0.0.0.0 PORT=8080 MODELS_DIR=/models SHOAL_METRICS_HOST=0.0.0.0 SHOAL_METRICS_PORT=9091 ORT_DISABLE_TELEMETRY=1
USER 1000:1000
