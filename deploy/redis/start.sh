#!/bin/sh
# Starts a Redis (Valkey) for Palabre and nothing else: one user with the rights that a node uses, whose password is in
# REDIS_PASSWORD; nobody else gets in (SEC-23). Nothing is kept: what is in it is forgotten with it, by design.
set -eu
umask 077
: "${REDIS_PASSWORD:?is not set: nobody may get in without it}"
folder=$(mktemp -d)
hash=$(printf %s "$REDIS_PASSWORD" | sha256sum | cut -d' ' -f1)
{
  echo 'user default off'
  printf 'user palabre on #%s ' "$hash"
  grep -v '^#' "$(dirname "$0")/rights" | tr '\n' ' '
  echo
} > "$folder/users.acl"
unset REDIS_PASSWORD
program=$(command -v valkey-server || command -v redis-server)
# Counters expire by themselves: when they do not fit, refusing is better than forgetting who has tried too often.
exec "$program" --aclfile "$folder/users.acl" --dir "$folder" --save '' --appendonly no \
  --maxmemory 256mb --maxmemory-policy noeviction --tcp-keepalive 60 "$@"
