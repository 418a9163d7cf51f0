# Prints the certificates of the control plane that end within $1 days. Authorities are not looked at: kubeadm does not renew them. $2: another root, for tests.
set -u
seconds=$(($1 * 86400))
cd "${2:-}/etc/kubernetes" || exit 0
for file in pki/*.crt pki/etcd/*.crt; do
    [ -f "$file" ] || continue
    case "$file" in */ca.crt | */front-proxy-ca.crt) continue ;; esac
    openssl x509 -in "$file" -noout -checkend "$seconds" >/dev/null || echo "$file"
done
for file in admin.conf super-admin.conf controller-manager.conf scheduler.conf; do
    [ -f "$file" ] || continue
    # kubelet's own rotates by itself, and one that has no certificate has none that ends.
    data=$(sed -n 's/.*client-certificate-data"\{0,1\}: *"\{0,1\}\([A-Za-z0-9+=/]*\).*/\1/p' "$file")
    [ -n "$data" ] || continue
    echo "$data" | base64 -d | openssl x509 -noout -checkend "$seconds" >/dev/null || echo "$file"
done
exit 0
