#!/bin/sh
# Makes this host a real server of LVS as /etc/lvs-real.conf says, and takes that back. Written by the role lvs.
# lvs-real check [FILE] | up | down
# Lines of the file: direct ADDRESS | tunnel ADDRESS | reply OWN_ADDRESS PROTOCOL PORT GATEWAY TABLE | director ADDRESS
set -eu
verb=${1:-}
file=${2:-/etc/lvs-real.conf}
run=/run/lvs-real
first=6100

entries() {
    sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$file"
}

check() {
    entries | while read -r kind one two three four five rest; do
        case $kind in
        direct | tunnel | director) [ -n "$one" ] && [ -z "$two" ] ;;
        reply) [ -n "$five" ] && [ -z "$rest" ] ;;
        *) false ;;
        esac || { echo "$file: not understood: $kind $one $two $three $four $five $rest" >&2; exit 1; }
    done
}

# Set a sysctl and keep what it was, once.
set_sysctl() {
    grep -q "^$1=" "$run/sysctls" 2>/dev/null || echo "$1=$(sysctl -n "$1")" >> "$run/sysctls"
    sysctl -q -w "$1=$2"
}

# Bring the rows of one kind to what is wanted: the obsolete go, the missing come, the others are not touched.
settle() {
    kind=$1
    touch "$run/$kind"
    sort -u > "$run/$kind.wanted"
    sort -u "$run/$kind" | comm -23 - "$run/$kind.wanted" | while read -r words; do
        # shellcheck disable=SC2086 # a row is words of ip(8)
        ip $kind del $words || true
    done
    while read -r words; do
        # shellcheck disable=SC2086
        case $kind in
        rule) ip rule del $words 2>/dev/null || true; ip rule add $words ;;
        *) ip "$kind" replace $words ;;
        esac
    done < "$run/$kind.wanted"
    mv "$run/$kind.wanted" "$run/$kind"
}

# Only without a virtual address may the kernel answer as it did.
give_back() {
    [ ! -e "$run/tunnel" ] || ip link set tunl0 down
    [ ! -e "$run/sysctls" ] || sysctl -q -p "$run/sysctls"
    rm -f "$run/tunnel" "$run/sysctls"
}

up() {
    check
    mkdir -p "$run"
    # No answer to ARP for what is not on the asked interface, and no virtual address as the sender of a question: before there is one.
    if entries | grep -qE '^(direct|tunnel) '; then
        for where in all lo; do
            set_sysctl "net.ipv4.conf.$where.arp_ignore" 1
            set_sysctl "net.ipv4.conf.$where.arp_announce" 2
        done
    fi
    if entries | grep -q '^tunnel '; then
        modprobe ipip
        # What comes out of the tunnel has a client's address, which is not on the tunnel's side.
        set_sysctl net.ipv4.conf.all.rp_filter 0
        set_sysctl net.ipv4.conf.tunl0.rp_filter 0
        ip link set tunl0 up
        touch "$run/tunnel"
    fi
    entries | sed -n -e 's|^direct \(.*\)|\1/32 dev lo|p' -e 's|^tunnel \(.*\)|\1/32 dev tunl0|p' | settle address
    entries | grep -qE '^(direct|tunnel) ' || give_back
    {
        entries | sed -n 's|^reply [^ ]* [^ ]* [^ ]* \([^ ]*\) \([^ ]*\)$|default via \1 table \2|p'
        for table in $(entries | sed -n 's|^reply .* \([^ ]*\)$|\1|p' | sort -u); do
            # Directors are answered directly: their health checks are no clients' connections.
            entries | sed -n "s|^director \\(.*\\)|throw \\1/32 table $table|p"
        done
    } | settle route
    entries | sed -n "s|^reply \([^ ]*\) \([^ ]*\) \([^ ]*\) [^ ]* \([^ ]*\)$|from \1 ipproto \2 sport \3 priority $first lookup \4|p" | settle rule
}

down() {
    [ -d "$run" ] || return 0
    for kind in rule route address; do
        settle "$kind" < /dev/null
    done
    give_back
    rm -rf "$run"
}

case $verb in
check | up | down) "$verb" ;;
*) echo "lvs-real: check [FILE], up or down" >&2; exit 2 ;;
esac
