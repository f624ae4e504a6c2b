#!/bin/sh
# Starts Traefik: turns the environment into its static configuration, which Traefik itself takes from flags or from a
# file but not from variables of our names, and puts the folder of its dynamic configuration together. Refuses to start,
# with a sentence, where Traefik would start and then do something else than what was asked for: serve a certificate of
# its own making, or route by a rule that is none. docs/front-door.md tells the rest.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
newline='
'

# Where things are in the container. Tests put them elsewhere.
configuration=${CONFIGURATION_FOLDER:-/configuration}
acme=${ACME_FOLDER:-/acme}
dynamic=${DYNAMIC_FOLDER:-/tmp/shoal-traefik}
web=${WEB_ADDRESS:-:8000}
websecure=${WEBSECURE_ADDRESS:-:8443}
gateway=${GATEWAY_URL:-http://gateway:8080}
. "$here/ping-address.sh"

upload_ms=${SHOAL_UPLOAD_TIMEOUT_MS:-120000}
deadline_ms=${SHOAL_DEADLINE_MS:-25000}
tls_port=${SHOAL_TLS_PORT:-8443}

refuse() {
  printf 'front door: %s\n' "$1" >&2
  exit 1
}

# expect NAME VALUE PATTERN MEANING: an unset value is fine; any other has to be one line that is all of the pattern.
expect() {
  [ -n "$2" ] || return 0
  case $2 in *"$newline"*) refuse "$1: expected $4, in one line" ;; esac
  printf '%s\n' "$2" | grep -Eq "^($3)\$" || refuse "$1: expected $4"
}

host='[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?'
network='[0-9A-Fa-f.:]+(/[0-9]{1,3})?'
user='[A-Za-z0-9_.-]+:[A-Za-z0-9$./]+'
expect SERVER_HOST "${SERVER_HOST:-}" "$host(,$host)*" 'host names without scheme and port, separated by commas'
expect SHOAL_PATH_PREFIX "${SHOAL_PATH_PREFIX:-}" '(/[A-Za-z0-9_-][A-Za-z0-9_.-]*)+' 'a path like /model/v1, with no slash at its end'
expect SHOAL_TRUSTED_PROXIES "${SHOAL_TRUSTED_PROXIES:-}" "$network(,$network)*" 'addresses or networks like 10.0.0.0/8, separated by commas'
expect SHOAL_DASHBOARD_USERS "${SHOAL_DASHBOARD_USERS:-}" "$user(,$user)*" 'name:hash as htpasswd writes it, separated by commas'
expect SHOAL_UPLOAD_TIMEOUT_MS "$upload_ms" '[0-9]{1,9}' 'a whole number'
expect SHOAL_DEADLINE_MS "$deadline_ms" '[0-9]{1,9}' 'a whole number'
expect SHOAL_TLS_PORT "$tls_port" '[0-9]{1,5}' 'a port'
expect SHOAL_TLS "${SHOAL_TLS:-}" 'on|off' 'on or off'
expect SHOAL_ACME_EMAIL "${SHOAL_ACME_EMAIL:-}" '[^@[:space:]]+@[^@[:space:]]+' 'an address of e-mail'
expect SHOAL_ACME_SERVER "${SHOAL_ACME_SERVER:-}" 'https://[^[:space:]]+' 'https://…'
expect GATEWAY_URL "$gateway" 'https?://[A-Za-z0-9_.-]+(:[0-9]{1,5})?' 'http://host:port'
expect SHOAL_LOG_LEVEL "${SHOAL_LOG_LEVEL:-}" 'trace|debug|info|warn|error|silent' 'a level of the log'

# --- the dynamic folder: the template of the front door, and what the operator has put into TRAEFIK_CONFIG ---

rm -rf "$dynamic"
mkdir -p "$dynamic"
cp "$here/front-door.tmpl" "$dynamic/front-door.yml"

# Prints the path of each `certFile` or `keyFile` of TOML or YAML.
pem_files() {
  sed -n -E "s/^[[:space:]-]*$1[[:space:]]*[=:][[:space:]]*[\"']?([^\"'#]*[^\"'#[:space:]])[\"']?[[:space:]]*(#.*)?\$/\\1/p" "$2"
}

# check_pem FILE WHAT NAMED-IN
check_pem() {
  [ -e "$1" ] || refuse "$1, named in $3, is not there"
  text=$(cat "$1" 2>/dev/null) || refuse "$1, named in $3, cannot be read by user $(id -u): see docs/front-door.md"
  case $text in *"-----BEGIN "*"$2-----"*) ;; *) refuse "$1, named in $3, holds no $2 in PEM" ;; esac
}

use_certificate_files() {
  named=$configuration/certificates.toml
  [ -r "$named" ] || refuse "SHOAL_TLS is on, and there is no readable certificates.toml in the folder TRAEFIK_CONFIG"
  certificate=$(pem_files certFile "$named" | head -n 1)
  key=$(pem_files keyFile "$named" | head -n 1)
  [ -n "$certificate" ] && [ -n "$key" ] || refuse "certificates.toml names no certFile and keyFile"
  for file in "$configuration"/*.toml "$configuration"/*.yml "$configuration"/*.yaml; do
    [ -e "$file" ] || continue
    for pem in $(pem_files certFile "$file"); do check_pem "$pem" CERTIFICATE "$(basename "$file")"; done
    for pem in $(pem_files keyFile "$file"); do check_pem "$pem" 'PRIVATE KEY' "$(basename "$file")"; done
    ln -s "$file" "$dynamic/$(basename "$file")"
  done
  if command -v openssl >/dev/null; then
    of_certificate=$(openssl x509 -in "$certificate" -noout -pubkey 2>/dev/null) || refuse "$certificate is no certificate"
    of_key=$(openssl pkey -in "$key" -pubout 2>/dev/null) || refuse "$key is no key, or has a password"
    [ "$of_certificate" = "$of_key" ] || refuse "$key is not the key of $certificate"
  fi
  # Who names no host, or one that no certificate is for, gets the first one instead of one that Traefik makes up.
  if ! grep -q defaultCertificate "$named"; then
    printf 'tls:\n  stores:\n    default:\n      defaultCertificate:\n        certFile: "%s"\n        keyFile: "%s"\n' \
      "$certificate" "$key" >"$dynamic/default-certificate.yml"
  fi
}

# --- the static configuration, as flags ---

set -- --global.checknewversion=false --global.sendanonymoususage=false

case ${SHOAL_LOG_LEVEL:-info} in silent) level=fatal ;; *) level=${SHOAL_LOG_LEVEL:-info} ;; esac
set -- "$@" --log.format=json --log.level="$level"
# Headers may hold secrets: of all of them only the ids are written, the request's and the response's.
set -- "$@" --accesslog=true --accesslog.format=json --accesslog.fields.headers.defaultmode=drop
set -- "$@" --accesslog.fields.headers.names.X-Request-Id=keep --accesslog.fields.headers.names.X-Prediction-Id=keep

# Any gateway answers for all of them. A file that changes is read at SIGHUP.
set -- "$@" --providers.http.endpoint="$gateway/internal/traefik"
set -- "$@" --providers.http.pollinterval=1s --providers.http.polltimeout=2s --providers.providersthrottleduration=500ms
set -- "$@" --providers.file.directory="$dynamic" --providers.file.watch=false

set -- "$@" --ping=true --ping.entrypoint=ping --entrypoints.ping.address="$ping_address"

# The ladder of time-outs: a gateway cuts a slow upload, or answers at the deadline, before Traefik would. Idle
# connections to gateways end here first, so that no request is sent into one that the gateway is just closing.
set -- "$@" --serverstransport.forwardingtimeouts.dialtimeout=1s
set -- "$@" --serverstransport.forwardingtimeouts.responseheadertimeout="$((deadline_ms + 10000))ms"
set -- "$@" --serverstransport.forwardingtimeouts.idleconntimeout=30s
entry_point() {
  printf '%s\n' "--entrypoints.$1.address=$2" \
    "--entrypoints.$1.transport.respondingtimeouts.readtimeout=$((upload_ms + 15000))ms" \
    "--entrypoints.$1.transport.respondingtimeouts.writetimeout=0s" \
    "--entrypoints.$1.transport.lifecycle.gracetimeout=$((deadline_ms + 5000))ms"
  [ -z "${SHOAL_TRUSTED_PROXIES:-}" ] || printf '%s\n' "--entrypoints.$1.forwardedheaders.trustedips=$SHOAL_TRUSTED_PROXIES"
}
set -- "$@" $(entry_point web "$web")

if [ "${SHOAL_TLS:-off}" = on ]; then
  set -- "$@" $(entry_point websecure "$websecure") --entrypoints.websecure.http.tls=true
  set -- "$@" --entrypoints.web.http.redirections.entrypoint.to=":$tls_port"
  set -- "$@" --entrypoints.web.http.redirections.entrypoint.scheme=https
  if [ -n "${SHOAL_ACME_EMAIL:-}" ]; then
    [ -z "${TRAEFIK_CONFIG:-}" ] || refuse 'TRAEFIK_CONFIG and SHOAL_ACME_EMAIL are both set: certificates come from a folder or from ACME'
    [ -n "${SERVER_HOST:-}" ] || refuse 'SHOAL_ACME_EMAIL needs SERVER_HOST: a certificate is for a name'
    [ -d "$acme" ] && [ -w "$acme" ] || refuse "the folder $acme, for certificates from ACME, cannot be written"
    set -- "$@" --entrypoints.websecure.http.tls.certresolver=acme
    set -- "$@" --certificatesresolvers.acme.acme.email="$SHOAL_ACME_EMAIL"
    set -- "$@" --certificatesresolvers.acme.acme.storage="$acme/acme.json"
    set -- "$@" --certificatesresolvers.acme.acme.tlschallenge=true
    [ -z "${SHOAL_ACME_SERVER:-}" ] || set -- "$@" --certificatesresolvers.acme.acme.caserver="$SHOAL_ACME_SERVER"
    # Until the certificate is there, no answer is better than one with Traefik's own.
    printf 'tls:\n  options:\n    default:\n      sniStrict: true\n' >"$dynamic/strict.yml"
  else
    use_certificate_files
  fi
else
  for name in TRAEFIK_CONFIG SHOAL_ACME_EMAIL; do
    eval "value=\${$name:-}"
    [ -z "$value" ] || refuse "$name is set, and TLS is off: add -f docker-compose.tls.yml"
  done
fi

if [ -n "${SHOAL_DASHBOARD_USERS:-}" ]; then
  set -- "$@" --api=true --api.dashboard=true --api.insecure=false --api.basepath=/traefik
fi

exec traefik "$@"
