# syntax=docker/dockerfile:1

# One program under five names (packline, and its verbs discover, update, sync and serve) in one small image:
#   docker build --tag packline .
#   docker run --rm packline discover --help
# With the sandbox beside them, an offline stand-in for WordPress.org:
#   docker build --target development --tag packline:development .
#
# Tags are pinned to the patch version or the date. To pin an image by content too, which also keeps a tag from being
# moved, append the digest that `docker buildx imagetools inspect IMAGE:TAG` prints: IMAGE:TAG@sha256:…
ARG SWIFT_IMAGE=swift:6.3.1-bookworm
ARG RUNTIME_IMAGE=debian:bookworm-20260824-slim@sha256:88200866dfff7ea7f5cbcb6ec7c8a701889efe6fe859fe64d6990e4b07ea4171


FROM ${SWIFT_IMAGE} AS builder
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
# Debian keeps only a package's newest version: a pinned one could not be installed after the next update.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends \
        libcurl4-openssl-dev \
        libdeflate-dev \
        libpq-dev \
        libsqlite3-dev \
        libssl-dev \
        pkg-config \
        zlib1g-dev \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /build
# Dependencies first: this layer is made anew only when the manifest changes. It names every version.
COPY Package.swift ./
RUN --mount=type=cache,target=/root/.cache/org.swift.swiftpm,sharing=locked \
    --mount=type=cache,target=/build/.build,sharing=locked \
    swift package resolve
# SwiftPM wants the folder of every target that the manifest names.
COPY Sources ./Sources
COPY Tests ./Tests
COPY Benchmarks/StoreBench ./Benchmarks/StoreBench
# Objects stay in the cache from build to build, so only what changed is compiled; what is needed of them is copied out.
RUN --mount=type=cache,target=/root/.cache/org.swift.swiftpm,sharing=locked \
    --mount=type=cache,target=/build/.build,sharing=locked \
    for product in packline packline-sandbox; do \
        swift build --configuration release --static-swift-stdlib --product "$product" || exit 1; \
    done \
    && bin=$(swift build --configuration release --show-bin-path) \
    && mkdir /executables \
    && cp "$bin"/{packline,packline-sandbox} /executables/ \
    && strip /executables/*


FROM ${RUNTIME_IMAGE} AS base
# What `ldd` names beyond Debian's own base (libc6, libgcc-s1, libstdc++6 and zlib1g): SQLite and libdeflate; and libpq,
# which is loaded when it is needed. The certificates are for TLS to upstream, the bucket and the database. Dates are UTC
# throughout, and Unicode data is part of the executables: neither tzdata nor a locale is needed.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends \
        ca-certificates \
        libdeflate0 \
        libpq5 \
        libsqlite3-0 \
        zlib1g \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --system --gid 10001 packline \
    && useradd --system --uid 10001 --gid packline --home-dir /data --no-create-home --shell /usr/sbin/nologin packline \
    && install --directory --owner=packline --group=packline --mode=0750 /data \
    && for name in discover update sync serve; do ln -s packline "/usr/local/bin/$name"; done
COPY --chmod=0755 deploy/image/healthcheck /usr/local/bin/packline-healthcheck
COPY --chmod=0755 deploy/image/job /usr/local/bin/packline-job
# Before /usr/bin, where Debian has a `sync` of its own.
ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
# Settings' defaults are relative: from here the database is /data/packline.sqlite and the bucket /data/public. They are
# not set with ENV, because a variable wins over its NAME_FILE.
WORKDIR /
VOLUME ["/data"]
USER 10001:10001
EXPOSE 8080
# Stages return their leases after SIGTERM; allow them 30 s.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s --retries=3 CMD ["packline-healthcheck"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8080"]


# With the sandbox: for `docker compose --profile sandbox` and for clusters without network.
FROM base AS development
COPY --from=builder /executables/ /usr/local/bin/
RUN sync --version && packline-sandbox --help >/dev/null


FROM base AS runtime
COPY --from=builder /executables/packline /usr/local/bin/
# Fails the build when a shared library is missing, or when `sync` is not ours.
RUN packline --version && discover --version && update --version && sync --version && serve --version
ARG VERSION=0.0.0
ARG REVISION=unknown
ARG CREATED=1970-01-01T00:00:00Z
ARG SOURCE=https://example.com/packline
LABEL org.opencontainers.image.title="Packline" \
    org.opencontainers.image.description="Keeps a Composer repository of WordPress.org plugins and themes in a bucket" \
    org.opencontainers.image.licenses="MIT" \
    org.opencontainers.image.version="${VERSION}" \
    org.opencontainers.image.revision="${REVISION}" \
    org.opencontainers.image.created="${CREATED}" \
    org.opencontainers.image.source="${SOURCE}"
