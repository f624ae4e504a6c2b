#!/bin/sh
# Loads the images of this bundle into the Docker engine of this machine. Needs no network; safe to repeat.
set -eu
cd "$(dirname "$0")"
command -v docker >/dev/null || { echo 'load.sh: there is no docker on this machine' >&2; exit 1; }
echo 'Loading the images; this takes a minute or two.'
docker load -i images.tar.gz
echo 'Loaded. Start with: docker compose up -d --no-build'
