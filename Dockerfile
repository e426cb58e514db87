# syntax=docker/dockerfile:1

# Build: the same flags as `make build`, so that the program in the image is byte for byte the one that make builds from
# these sources with this Go.
FROM golang:1.26.8-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN --mount=type=cache,target=/go/pkg/mod go mod download && go mod verify
COPY . .
ARG VERSION=dev
ARG TARGETOS
ARG TARGETARCH
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build \
    CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH \
    go build -trimpath -buildvcs=false -ldflags "-s -w -X main.version=$VERSION" -o /out/lot ./cmd/lot
RUN install -d -m 0700 /out/data

# Run: no shell, no package manager, no root; certificates and time zones come with the base image.
FROM gcr.io/distroless/static-debian12:nonroot
LABEL org.opencontainers.image.title="lot" \
      org.opencontainers.image.description="Ledger of Things: a gateway of a mesh that keeps one ledger" \
      org.opencontainers.image.source="https://github.com/ledgerofthings/lot" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /out/lot /lot
# The data folder holds keys, so it is the user's alone. It is the home folder, where lot looks by default.
COPY --from=build --chown=65532:65532 --chmod=0700 /out/data /data
ENV HOME=/data
WORKDIR /data
VOLUME /data
USER 65532:65532
# lot listens on loopback unless its configuration says otherwise; nothing is exposed here that is not configured there.
# It ends on SIGTERM after the running step is on disk.
STOPSIGNAL SIGTERM
ENTRYPOINT ["/lot"]
CMD ["up"]
