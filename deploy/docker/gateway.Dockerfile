# The gateway. Built from the root of the repository:
#   docker build -f deploy/docker/gateway.Dockerfile --build-arg NODE_IMAGE=node:20.20.2-bookworm-slim@sha256:… -t redraft-gateway .
ARG NODE_IMAGE=node:20.20.2-bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY src src
# The page that the HTTP port serves, and the files that it offers for a try.
COPY web web
COPY examples/files examples/files
RUN npx --no-install tsc --project tsconfig.build.json \
    && node web/build.mjs \
    && npm prune --omit=dev --ignore-scripts --no-audit --no-fund

FROM ${NODE_IMAGE}
ENV NODE_ENV=production
WORKDIR /app
COPY package.json ./
COPY protos protos
COPY triton-models/verifier/catalog.json triton-models/verifier/catalog.json
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
USER 10001:10001
# gRPC, OpenAI-compatible HTTP, admin.
EXPOSE 50051 8080 9090
ENTRYPOINT ["node", "dist/main.js"]
