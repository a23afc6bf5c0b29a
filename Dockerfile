# The server with its web app: Node, what it needs at run time, and two folders to write in. It runs as nobody in
# particular, and nothing in it can be changed while it runs. docs/operating.md says how to use it.
ARG NODE_IMAGE=node:20.20.2-bookworm-slim@sha256:2cf067cfed83d5ea958367df9f966191a942351a2df77d6f0193e162b5febfc0

# What packages are wanted: only a change here installs them anew.
FROM ${NODE_IMAGE} AS wanted
WORKDIR /app
COPY package.json package-lock.json ./
COPY packages/protocol/package.json packages/protocol/
COPY packages/client/package.json packages/client/
COPY packages/server/package.json packages/server/
COPY packages/web/package.json packages/web/

# The compiler stays here. Of all install scripts only those run that package.json allows.
FROM wanted AS compiled
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
ENV npm_config_nodedir=/usr/local npm_config_build_from_source=true
# The compiler's version is the distribution's: pinning it would stop building at its next security update.
# hadolint ignore=DL3008
RUN apt-get update \
  && apt-get install -y --no-install-recommends g++ make python3 \
  && rm -rf /var/lib/apt/lists/*

# Everything, to build with.
FROM compiled AS built
RUN npm ci --ignore-scripts --no-fund --no-audit \
  && npm rebuild --no-fund --no-audit esbuild
COPY tsconfig.base.json ./
COPY scripts/run ./scripts/run
COPY packages ./packages
RUN node --input-type=module -e "import { ensureServer, ensureWeb } from './scripts/run/build.mjs'; await ensureServer(); await ensureWeb()"

# Only what the server needs while it runs; of SQLite the library, not its sources.
FROM compiled AS running
RUN npm ci --ignore-scripts --no-fund --no-audit --omit=dev --workspace=@palabre/server \
  && npm rebuild --no-fund --no-audit better-sqlite3 \
  && mv node_modules/better-sqlite3/build/Release/better_sqlite3.node /tmp/ \
  && rm -rf node_modules/better-sqlite3/{build,deps,src} node_modules/@palabre node_modules/.package-lock.json \
  && mkdir -p node_modules/better-sqlite3/build/Release \
  && mv /tmp/better_sqlite3.node node_modules/better-sqlite3/build/Release/

FROM ${NODE_IMAGE}
LABEL org.opencontainers.image.title="Palabre" \
  org.opencontainers.image.description="A self-hosted messenger whose messages are never lost, never doubled, never out of order." \
  org.opencontainers.image.licenses="Apache-2.0"
# Volumes take their owner from these folders. The program is root's, who does not run it.
RUN mkdir /data /keys && chown 10001:10001 /data /keys && chmod 0700 /data /keys
WORKDIR /app
COPY package.json LICENSE ./
COPY --from=running /app/node_modules ./node_modules
COPY --from=built /app/packages/server/dist ./packages/server/dist
COPY --from=built /app/packages/web/dist ./packages/web/dist
# HOME: who has no name has no other home, and the S3 client asks for one.
ENV NODE_ENV=production HOME=/data HOST=0.0.0.0 PORT=3000 DATA_DIR=/data
USER 10001:10001
VOLUME ["/data"]
EXPOSE 3000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/healthz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# Without `__proto__` no JSON can reach a prototype; and no text becomes code.
ENTRYPOINT ["node", "--disable-proto=delete", "--disallow-code-generation-from-strings", "--enable-source-maps", "/app/packages/server/dist/main.js"]
CMD ["start"]
