# Restarts this member if it is the leader ($1 leader) or is not ($1 follower), and waits until the whole cluster is well again.
set -u
control=/usr/local/sbin/etcdctl-member
role=follower
status=$($control endpoint status -w json 2>/dev/null) || status=
member=$(printf '%s' "$status" | sed -n 's/.*"member_id":\([0-9]*\).*/\1/p')
leader=$(printf '%s' "$status" | sed -n 's/.*"leader":\([0-9]*\).*/\1/p')
[ -n "$member" ] && [ "$member" = "$leader" ] && role=leader
[ "$role" = "$1" ] || exit 0
systemctl restart etcd.service || exit 1
for each in $(seq 60); do
    $control endpoint health --cluster >/dev/null 2>&1 && { echo restarted; exit 0; }
    sleep 0.5
done
$control endpoint health --cluster
exit 1
