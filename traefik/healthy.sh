#!/bin/sh
# The health check of Traefik's container. Says whether Traefik runs, not whether a gateway does: that is its own to say.
set -eu
. "$(dirname "$0")/ping-address.sh"
exec traefik healthcheck --ping=true --ping.entrypoint=ping --entrypoints.ping.address="$ping_address"
