# Where certificates from ACME are kept, and which one is missing there. Read by start.sh and healthy.sh.
acme=${ACME_FOLDER:-/acme}
acme_store=$acme/acme.json

# Prints the first name of SERVER_HOST that no certificate is kept for, or nothing. Traefik writes names in small letters,
# one a line, and none before it has the certificate.
name_without_certificate() {
  for name in $(printf '%s' "$SERVER_HOST" | tr ',A-Z' ' a-z'); do
    grep -Eqs "^ *(\"main\": )?\"$name\",?\$" "$acme_store" || { printf '%s' "$name" && return; }
  done
}
