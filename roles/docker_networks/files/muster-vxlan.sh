#!/bin/sh
# Written by the role docker_networks; changes made here are lost.
# In: `up` or `down`, the name of a network; VNI, LOCAL, PORT, MTU and PEERS of it in the environment.
# Out: the bridge br-NAME with the VXLAN vx-NAME in it, which gives each peer what is for all or for nobody known; `up` again mends what differs.
set -eu
verb=$1
bridge="br-$2"
link="vx-$2"
everybody=00:00:00:00:00:00

if [ "$verb" = down ]; then
    ip link delete "$link" 2> /dev/null || :
    ip link delete "$bridge" 2> /dev/null || :
    exit 0
fi

ip link show "$bridge" > /dev/null 2>&1 || ip link add "$bridge" type bridge
there=$(ip -d link show "$link" 2> /dev/null || :)
case "$there" in
    "" | *"vxlan id $VNI local $LOCAL "*"dstport $PORT "*) ;;
    *) ip link delete "$link"; there= ;;
esac
[ -n "$there" ] || ip link add "$link" type vxlan id "$VNI" local "$LOCAL" dstport "$PORT"
ip link set "$link" mtu "$MTU" master "$bridge" up
ip link set "$bridge" mtu "$MTU" up

known=$(bridge fdb show dev "$link" | sed -n "s/^$everybody .*dst \([^ ]*\) .*/\1/p")
for peer in $PEERS; do
    echo "$known" | grep -Fqx "$peer" || bridge fdb append "$everybody" dev "$link" dst "$peer"
done
for peer in $known; do
    case " $PEERS " in
        *" $peer "*) ;;
        *) bridge fdb delete "$everybody" dev "$link" dst "$peer" ;;
    esac
done
