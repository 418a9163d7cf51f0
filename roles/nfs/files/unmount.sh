#!/bin/sh
# unmount.sh look|away ADDRESS...: mounts of these NFS servers are named, and taken away at once, also those that hang.
# MOUNTS: another list of mounts, for tests.
set -u
verb=$1
status=0
mounts=${MOUNTS:-/proc/mounts}
for address in $2; do
    while read -r what where kind _; do
        case $kind:$what in
            nfs*:"$address":*) ;;
            *) continue ;;
        esac
        echo "$where"
        [ "$verb" = look ] && continue
        # umount may wait for a farewell to a server that cannot be reached, when the mount itself is long gone.
        timeout -k 1 30 umount --force --lazy "$where" && continue
        grep -q "^$address:[^ ]* $where nfs" "$mounts" && status=1
    done < "$mounts"
done
exit "$status"
