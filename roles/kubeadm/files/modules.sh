# Loads the kernel modules named after $1 (load), or only says which it would (look). Prints those. One that the kernel has built in is there; one that
# cannot be loaded is told by preflight.sh with all else.
for module in "$@"; do
    case "$module" in load | look) continue ;; esac
    [ -d "/sys/module/$module" ] && continue
    grep -qw "$module" /proc/filesystems && continue
    [ "$module" = br_netfilter ] && [ -d /proc/sys/net/bridge ] && continue
    if [ "$1" = look ]; then modprobe --dry-run "$module" 2>/dev/null && echo "$module"; continue; fi
    modprobe "$module" 2>/dev/null && echo "$module"
done
exit 0
