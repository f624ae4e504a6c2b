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
acme_ca=${ACME_CA_FILE:-/acme-ca.pem}
acme_pause_s=${ACME_PAUSE_S:-60}
dynamic=${DYNAMIC_FOLDER:-/tmp/shoal-traefik}
web=${WEB_ADDRESS:-:8000}
websecure=${WEBSECURE_ADDRESS:-:8443}
gateway=${GATEWAY_URL:-http://gateway:8080}
. "$here/ping-address.sh"
. "$here/acme-store.sh"

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
expect SHOAL_ACME_CHALLENGE "${SHOAL_ACME_CHALLENGE:-}" 'tls|http' 'tls or http'
expect SHOAL_ACME_VALIDITY_HOURS "${SHOAL_ACME_VALIDITY_HOURS:-}" '[1-9][0-9]{0,4}' 'a whole number of hours'
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

check_acme() {
  [ -z "${TRAEFIK_CONFIG:-}" ] || refuse 'TRAEFIK_CONFIG and SHOAL_ACME_EMAIL are both set: certificates come from a folder or from ACME'
  [ -n "${SERVER_HOST:-}" ] || refuse 'SHOAL_ACME_EMAIL needs SERVER_HOST: a certificate is for a name'
  # A client that goes to an address names no host, and is refused by what write_strict writes.
  ! printf '%s' "$SERVER_HOST" | tr , '\n' | grep -Eq '^[0-9.]+$' || refuse 'SERVER_HOST: with SHOAL_ACME_EMAIL expected names, not addresses'
  [ -z "${SHOAL_ACME_CA:-}" ] || check_pem "$acme_ca" CERTIFICATE SHOAL_ACME_CA
  [ -d "$acme" ] && [ -w "$acme" ] || refuse "the folder $acme, for certificates from ACME, cannot be written"
  # Traefik goes on without certificates where it does not like its store.
  [ -e "$acme_store" ] || return 0
  [ -r "$acme_store" ] && [ -w "$acme_store" ] || refuse "$acme_store cannot be read and written by user $(id -u)"
  case $(ls -ld "$acme_store") in
    -??-------*) ;;
    *) refuse "$acme_store holds private keys, and others than its owner may read it: chmod 600" ;;
  esac
  [ ! -s "$acme_store" ] || case $(tail -c 2 "$acme_store") in
    *'}') ;;
    *) refuse "$acme_store is damaged; without it, new certificates are asked for" ;;
  esac
}

# Until a certificate is there, no answer is better than one with Traefik's own. The attempt's number is in an option that
# nobody uses.
write_strict() {
  printf 'tls:\n  options:\n    default: { sniStrict: true }\n    attempt-%s: { sniStrict: true }\n' "$1" >"$dynamic/strict.yml"
}

# keep_asking PID: Traefik asks for a certificate that it lacks when its configuration changes, and does not come back to it
# when that fails. So the configuration is changed until there is one: after a minute, after four more, then every quarter
# of an hour, since Let's Encrypt bears five failures an hour. Ends with Traefik. A renewal that fails is Traefik's to try again.
keep_asking() {
  attempt=1
  pause_s=$acme_pause_s
  passed_s=0
  while sleep 1 && kill -0 "$1"; do
    passed_s=$((passed_s + 1))
    [ "$passed_s" -ge "$pause_s" ] || continue
    [ -n "$(name_without_certificate)" ] || return 0
    attempt=$((attempt + 1))
    write_strict "$attempt"
    kill -HUP "$1"
    passed_s=0
    pause_s=$((pause_s * 4))
    [ "$pause_s" -le 900 ] || pause_s=900
  done
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
set -- "$@" --providers.http.pollinterval=1s --providers.http.polltimeout=2s
set -- "$@" --providers.file.directory="$dynamic" --providers.file.watch=false
# With any throttle Traefik may open its ports before it has seen the files, and show a certificate of its own until then.
set -- "$@" --providers.providersthrottleduration=0s

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
    check_acme
    resolver=--certificatesresolvers.acme.acme
    set -- "$@" --entrypoints.websecure.http.tls.certresolver=acme
    set -- "$@" "$resolver.email=$SHOAL_ACME_EMAIL" "$resolver.storage=$acme_store"
    set -- "$@" "$resolver.certificatesduration=${SHOAL_ACME_VALIDITY_HOURS:-2160}"
    case ${SHOAL_ACME_CHALLENGE:-tls} in
      tls) set -- "$@" "$resolver.tlschallenge=true" ;;
      http) set -- "$@" "$resolver.httpchallenge.entrypoint=web" ;;
    esac
    [ -z "${SHOAL_ACME_SERVER:-}" ] || set -- "$@" "$resolver.caserver=$SHOAL_ACME_SERVER"
    [ -z "${SHOAL_ACME_CA:-}" ] || set -- "$@" "$resolver.cacertificates=$acme_ca"
    write_strict 1
  else
    for name in SHOAL_ACME_SERVER SHOAL_ACME_CA; do
      eval "value=\${$name:-}"
      [ -z "$value" ] || refuse "$name is set, and SHOAL_ACME_EMAIL is not"
    done
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

# In the background, as a child of nobody who would have to wait for it: this process is about to be Traefik.
[ "${SHOAL_TLS:-off}" = off ] || [ -z "${SHOAL_ACME_EMAIL:-}" ] || (keep_asking $$ &) </dev/null >/dev/null 2>&1

exec traefik "$@"
