# Restarts Consul here if this host leads ($1 leader) or does not ($1 follower; agents do not), and waits until the cluster is well:
# a leader, all servers healthy, and $3 of them voting. $1 wait only waits. $2 is the address of this host.
set -u
url=http://127.0.0.1:8500/v1
role=follower
[ "$(curl -s -m 5 $url/status/leader)" = "\"$2:8300\"" ] && role=leader
if [ "$1" != wait ]; then
    [ "$role" = "$1" ] || exit 0
    systemctl restart consul.service || exit 1
    echo restarted
fi
for each in $(seq 120); do
    health=$(curl -s -m 5 $url/operator/autopilot/health)
    case $health in
        '{"Healthy":true,'*)
            voters=$(printf '%s' "$health" | grep -o '"Voter":true' | wc -l)
            [ "$voters" -ge "$3" ] && exit 0
            ;;
    esac
    sleep 0.5
done
echo "the cluster is not well: ${health:-no answer}" >&2
exit 1
