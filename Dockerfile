# Trawl alone: one static program and the certificates of authorities, as a user without rights.
#
#   docker build -t trawl .
#   docker run -d -p 8080:8080 -v trawl:/data trawl
FROM --platform=$BUILDPLATFORM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG TARGETOS
ARG TARGETARCH
RUN CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH go build -trimpath -ldflags="-s -w" -o /out/trawl ./cmd/trawl \
    && mkdir /out/data

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /out/trawl /usr/bin/trawl
COPY --from=build --chown=65532:65532 /out/data /data
COPY LICENSE /
USER 65532:65532
ENV PATH=/usr/bin HOME=/data TRAWL_DATA=/data TRAWL_PORTAL_LISTEN=:8080
VOLUME /data
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=5m CMD ["/usr/bin/trawl", "status"]
ENTRYPOINT ["/usr/bin/trawl"]
CMD ["serve"]
