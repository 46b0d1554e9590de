#!/bin/sh
# Lays out the root file system of the image: image-root.sh BUNDLE ROOT. Runs in the build stage of the Dockerfile.
set -eu
bundle=$1 root=$2 uid=10001

mkdir -p "$root/usr/local/bin" "$root/etc/ssl/certs" "$root/tmp"
chmod 1777 "$root/tmp"
cp -R "$bundle" "$root/app"
rm -f "$root"/app/*.map "$root/app/meta.json"

# Node without its symbol table: 18 MB less, and every feature still there.
strip --strip-all -o "$root/usr/local/bin/node" "$(command -v node)"
find "$root/app" -name '*.node' -exec strip --strip-unneeded {} +
# The command line of a container that has no shell: docker exec NAME akr setup-link
printf "#!/usr/local/bin/node\nimport('/app/main.js')\n" >"$root/usr/local/bin/akr"
chmod 755 "$root/usr/local/bin/akr"

# The loader and the libraries that Node and the native packages name, at the paths where the loader looks.
{ find "$root/app" -name '*.node'; command -v node; } | xargs -n1 ldd | grep -oE '/[^ ]+' | grep -v ':$' | sort -u | while read -r library; do
  mkdir -p "$root$(dirname "$library")"
  cp -L "$library" "$root$library"
done

cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
printf 'root:x:0:0:root:/:/sbin/nologin\nakr:x:%s:%s:gateway:/app:/sbin/nologin\n' $uid $uid >"$root/etc/passwd"
printf 'root:x:0:\nakr:x:%s:\n' $uid >"$root/etc/group"
printf 'hosts: files dns\n' >"$root/etc/nsswitch.conf"
install -d -m 700 -o $uid -g $uid "$root/app/data"
