# Restarts ZooKeeper here if this member leads ($1 leader) or does not ($1 follower), and waits until it leads or follows again.
# $1 wait: waits until the ensemble has a leader, seen from here, and where this member leads, until $3 followers are in step. $2: client port.
set -u
say() { { exec 3<>"/dev/tcp/127.0.0.1/$port" && echo mntr >&3 && timeout 5 cat <&3; } 2>/dev/null; exec 3>&- ; }
port=$2
state() { answer=$(say); state=$(sed -n 's/^zk_server_state[[:space:]]*//p' <<<"$answer"); }
state
if [ "$1" != wait ]; then
    role=follower
    [ "$state" = leader ] && role=leader
    [ "$role" = "$1" ] || exit 0
    systemctl restart zookeeper.service || exit 1
    echo restarted
fi
for each in $(seq 90); do
    state
    synced=$(sed -n 's/^zk_synced_followers[[:space:]]*\([0-9]*\).*/\1/p' <<<"$answer")
    [ "$state" = follower ] && exit 0
    [ "$state" = leader ] && [ "${synced:-0}" -ge "$3" ] && exit 0
    sleep 0.5
done
echo "not well: ${state:-no state}, ${synced:-no} followers in step" >&2
exit 1
