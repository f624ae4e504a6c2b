#!/bin/sh
# The health check of Traefik's container. Says whether Traefik runs and, with ACME, whether it has its certificates: without
# them it refuses everybody. Not whether a gateway runs: that is its own to say.
set -eu
here=$(dirname "$0")
. "$here/ping-address.sh"
. "$here/acme-store.sh"

if [ -n "${SHOAL_ACME_EMAIL:-}" ]; then
  missing=$(name_without_certificate)
  if [ -n "$missing" ]; then
    echo "there is no certificate for $missing yet: Traefik's log tells why"
    exit 1
  fi
fi
exec traefik healthcheck --ping=true --ping.entrypoint=ping --entrypoints.ping.address="$ping_address"
