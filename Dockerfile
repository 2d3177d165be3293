# One static binary and nothing else: docs/drop-in.md.
# Alpine's own target is musl, and what is built for it is static.
FROM rust:1.95-alpine3.22 AS build
# For SQLite and ring, which are C; and who is trusted when AWS is asked.
RUN apk add --no-cache gcc musl-dev make ca-certificates
WORKDIR /src
COPY . .
RUN cargo build --release --locked --bin dynatape && strip target/release/dynatape
RUN mkdir -p /root-of-image/data /root-of-image/tmp && chmod 1777 /root-of-image/data /root-of-image/tmp

FROM scratch
COPY --from=build /root-of-image/ /
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /src/target/release/dynatape /dynatape
# What is published is the port: in a container every address is the container's own.
ENV DYNATAPE_HOST=0.0.0.0 HOME=/data
WORKDIR /data
USER 1000
EXPOSE 8000
ENTRYPOINT ["/dynatape"]
CMD ["serve"]
