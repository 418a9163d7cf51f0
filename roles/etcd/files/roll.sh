# Restarts this member if it is the leader ($1 leader) or is not ($1 follower), and waits until the whole cluster is well again.
# One that runs is left alone while another is not well: it may be the one without which the cluster has no majority.
set -u
control=/usr/local/sbin/etcdctl-member
role=follower
status=$($control endpoint status -w json 2>/dev/null) || status=
member=$(printf '%s' "$status" | sed -n 's/.*"member_id":\([0-9]*\).*/\1/p')
leader=$(printf '%s' "$status" | sed -n 's/.*"leader":\([0-9]*\).*/\1/p')
[ -n "$member" ] && [ "$member" = "$leader" ] && role=leader
[ "$role" = "$1" ] || exit 0
if systemctl is-active --quiet etcd.service; then
    for each in $(seq 20); do
        well=$($control endpoint health --cluster 2>&1) && break
        [ "$each" = 20 ] && { echo "not restarted, as the cluster is not well: $well" >&2; exit 1; }
        sleep 0.5
    done
fi
systemctl restart etcd.service || exit 1
for each in $(seq 60); do
    $control endpoint health --cluster >/dev/null 2>&1 && { echo restarted; exit 0; }
    sleep 0.5
done
$control endpoint health --cluster
exit 1
