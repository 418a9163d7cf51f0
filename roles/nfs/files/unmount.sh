#!/bin/sh
# unmount.sh look|away ADDRESS...: mounts of these NFS servers are named, and taken away at once, also those that hang.
set -u
verb=$1
status=0
for address in $2; do
    while read -r what where kind _; do
        case $kind:$what in
            nfs*:"$address":*) ;;
            *) continue ;;
        esac
        echo "$where"
        [ "$verb" = look ] || timeout -k 1 30 umount --force --lazy "$where" || status=1
    done < /proc/mounts
done
exit "$status"
