#!/bin/sh
# Rolls services of the running Compose project to the image that their tag names now, with no request lost:
#   scripts/roll.sh gateway worker-yolo
# For each service as many new containers are started beside the old ones; when they are healthy, the old ones are told
# to stop, which lets them finish what they have. Overlays: set COMPOSE_FILE as for `docker compose`.
set -eu

if [ $# -eq 0 ]; then
  echo 'usage: scripts/roll.sh SERVICE...' >&2
  exit 2
fi

healthy_within_s=180
# The front door finds new gateways by asking now and then; the old ones stay until it has.
settle_s=6

wait_until_healthy() {
  waited=0
  while [ "$(docker inspect --format '{{if .State.Health}}{{.State.Health.Status}}{{else}}{{.State.Status}}{{end}}' "$1")" != healthy ]; do
    if [ "$waited" -ge "$healthy_within_s" ]; then
      echo "roll: $1 is not healthy after $healthy_within_s s; the old containers go on" >&2
      exit 1
    fi
    sleep 1
    waited=$((waited + 1))
  done
}

for service in "$@"; do
  old=$(docker compose ps --quiet "$service")
  if [ -z "$old" ]; then
    echo "roll: $service does not run" >&2
    exit 1
  fi
  count=$(echo "$old" | wc -l)
  echo "roll: $service, $count container(s)"
  docker compose up --detach --no-deps --no-recreate --scale "$service=$((count * 2))" "$service"
  for container in $(docker compose ps --quiet "$service"); do
    case "$old" in
      *"$container"*) ;;
      *) wait_until_healthy "$container" ;;
    esac
  done
  sleep "$settle_s"
  for container in $old; do
    # Without a time of its own, `docker stop` grants the service's stop_grace_period.
    docker stop "$container" >/dev/null
    docker rm "$container" >/dev/null
  done
  echo "roll: $service is new"
done
