#!/bin/sh
# Runs once, on the empty data directory: a database of the gateway's own, and a user that is no superuser.
set -eu
psql -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres <<'SQL'
\set password `cat /run/secrets/db_password`
CREATE ROLE akr LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'password';
CREATE DATABASE api_key_rotator OWNER akr ENCODING 'UTF8' TEMPLATE template0;
SQL
