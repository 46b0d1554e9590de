#!/bin/bash
# 0 when MySQL answers over TCP; during its first start it listens on a socket only, and is not ready. The password is on no command line.
exec mysqladmin --defaults-extra-file=<(printf '[client]\nuser=akr\npassword=%s\n' "$(cat /run/secrets/db_password)") --silent --protocol=tcp -h 127.0.0.1 ping
