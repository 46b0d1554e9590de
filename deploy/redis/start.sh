#!/bin/sh
# Starts Redis with one user, `akr`, that may do what the gateway needs. Neither the command line nor the configuration holds the password.
set -eu
conf=/run/redis/redis.conf
password=$(cat /run/secrets/redis_password)
[ -n "$password" ] || { echo 'The secret redis_password is empty.' >&2; exit 78; }
digest=$(printf %s "$password" | sha256sum | cut -d' ' -f1)
umask 077
cat /etc/akr/redis.conf >"$conf"
# `default` may log in no more, but keeps its rights: with them Redis reads its own append-only file at a start.
printf 'user default off resetpass ~* &* +@all\nuser akr on #%s ~akr:* &akr:* +@all -@admin -@dangerous +info +config|get\n' "$digest" >>"$conf"
unset password digest
exec redis-server "$conf"
