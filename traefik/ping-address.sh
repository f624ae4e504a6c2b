# Where Traefik answers its health check: inside its own container, and nowhere else. Read by start.sh and healthy.sh.
ping_address=${PING_ADDRESS:-127.0.0.1:8009}
