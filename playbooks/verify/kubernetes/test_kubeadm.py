"""A cluster made by kubeadm: every node well, one answer from each control-plane host, etcd sound, nothing of the joins left behind."""

import json

import pytest

testinfra_hosts = ["kubernetes"]

ADMIN = "/etc/kubernetes/admin.conf"
KUBECTL = f"kubectl --kubeconfig={ADMIN}"
DIRECTORY = "/etc/kubernetes/muster"
CONFIGURATION = "/var/lib/kubelet/config.yaml"
GARBAGE = {
    "minimum_age": "minimum-container-ttl-duration",
    "per_container": "maximum-dead-containers-per-container",
    "total": "maximum-dead-containers",
}


def name_of(name, host_vars):
    return host_vars.get("kubeadm_node_name", name.lower())


@pytest.fixture(scope="module")
def control_plane(inventory_hosts):
    found = inventory_hosts.matching("kubernetes_control_plane")
    if not found:
        pytest.skip("the inventory has no kubernetes_control_plane")
    return found


@pytest.fixture(scope="module")
def seat(control_plane):
    """The host that speaks for the cluster."""
    return next(iter(control_plane.values()))


@pytest.fixture(scope="module")
def endpoint(inventory_hosts, control_plane):
    """Where everybody finds the control plane."""
    first = inventory_hosts.variables(next(iter(control_plane)))
    address = first.get("kubeadm_vip", "").partition("/")[0] or first["ansible_host"]
    return first.get("kubeadm_endpoint", f"{address}:{first.get('kubeadm_port', 6443)}")


@pytest.fixture
def on_control_plane(control_plane, verified_name):
    if verified_name not in control_plane:
        pytest.skip("a worker")


@pytest.fixture
def stacked(host_vars, on_control_plane):
    if host_vars.get("kubeadm_etcd", "stacked") != "stacked":
        pytest.skip("etcd is external")


def test_the_node_is_ready(seat, host_vars, verified_name):
    node = json.loads(seat.check_output(f"{KUBECTL} get node {name_of(verified_name, host_vars)} -o json"))
    assert {each["type"]: each["status"] for each in node["status"]["conditions"]}["Ready"] == "True"
    assert node["status"]["addresses"][0]["address"] == host_vars.get("kubeadm_address", host_vars["ansible_host"])


def test_nodes_are_those_of_the_inventory(seat, inventory_hosts):
    listed = seat.check_output(f"{KUBECTL} get nodes -o jsonpath='{{.items[*].metadata.name}}'").split()
    wanted = {name_of(name, inventory_hosts.variables(name)) for name in inventory_hosts.matching("kubernetes")}
    assert set(listed) == wanted


def test_the_cluster_runs_this_kubelet(host, seat, host_vars, verified_name):
    said = seat.check_output(f"{KUBECTL} get node {name_of(verified_name, host_vars)} -o jsonpath='{{.status.nodeInfo.kubeletVersion}}'")
    assert host.check_output("kubelet --version") == f"Kubernetes {said}"


def test_kubelet_runs_and_starts_with_the_host(host):
    assert host.service("kubelet").is_running
    assert host.service("kubelet").is_enabled


def test_kubelet_was_started_with_its_settings(host, host_vars):
    text = host.file(CONFIGURATION).content_string
    for word, name, default in (("High", "high", 85), ("Low", "low", 80)):
        assert f"imageGC{word}ThresholdPercent: {host_vars.get(f'kubeadm_image_gc_{name}_percent', default)}\n" in text
    assert f"cgroupDriver: {host_vars.get('kubeadm_cgroup_driver', 'systemd')}\n" in text
    process = host.check_output("tr '\\0' ' ' < /proc/$(systemctl show kubelet --property=MainPID --value)/cmdline")
    for name, value in host_vars.get("kubeadm_container_gc", {}).items():
        assert f"--{GARBAGE[name]}={value} " in process
    started = host.check_output('date -d "$(systemctl show kubelet --property=ActiveEnterTimestamp --value)" +%s')
    assert int(started) + 1 >= host.file(CONFIGURATION).mtime.timestamp()


def test_the_host_is_fit_for_pods(host, host_vars):
    if host_vars.get("kubeadm_swap", "off") == "off":
        assert host.check_output("cat /proc/swaps").count("\n") == 0
        assert host.run("grep -E '^[^#]\\S*\\s+\\S+\\s+swap\\s' /etc/fstab").rc == 1
    settings = host_vars.get("kubeadm_sysctls", {"net.ipv4.ip_forward": 1, "net.bridge.bridge-nf-call-iptables": 1})
    for name, value in settings.items():
        assert host.sysctl(name) == value


def test_the_control_plane_answers_at_its_address(host, endpoint):
    host.run_expect([0], f"curl -sf --cacert /etc/kubernetes/pki/ca.crt https://{endpoint}/readyz")


def test_each_control_plane_host_answers_by_itself(host, host_vars, on_control_plane):
    own = f"https://{host_vars.get('kubeadm_address', host_vars['ansible_host'])}:{host_vars.get('kubeadm_port', 6443)}"
    assert host.check_output(f"curl -sf --cacert /etc/kubernetes/pki/ca.crt {own}/readyz") == "ok"


def test_nobody_without_a_certificate_gets_in(host, endpoint):
    code = host.check_output(f"curl -s -o /dev/null -w %{{http_code}} --cacert /etc/kubernetes/pki/ca.crt https://{endpoint}/api/v1/secrets")
    assert code in ("401", "403")


def test_what_one_control_plane_host_writes_all_read(control_plane):
    writer = next(iter(control_plane.values()))
    words = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "muster-verify"}, "data": {"word": "written"}}
    writer.run_expect([0], f"echo %s | {KUBECTL} apply -f -", json.dumps(words))
    try:
        for name, host in control_plane.items():
            assert host.check_output(f"{KUBECTL} get configmap muster-verify -o jsonpath='{{.data.word}}'") == "written", name
    finally:
        writer.run_expect([0], f"{KUBECTL} delete configmap muster-verify")


def test_the_address_is_on_one_host(control_plane, inventory_hosts):
    vip = inventory_hosts.variables(next(iter(control_plane))).get("kubeadm_vip", "")
    if not vip:
        pytest.skip("no address that moves")
    holders = [name for name, host in control_plane.items() if f" {vip.partition('/')[0]}/" in host.check_output("ip -o addr")]
    assert len(holders) == 1


def test_every_member_of_etcd_is_well(host, control_plane, inventory_hosts, stacked):
    host.run_expect([0], "/usr/local/sbin/etcdctl-kubernetes endpoint health --cluster")
    listed = json.loads(host.check_output("/usr/local/sbin/etcdctl-kubernetes member list -w json"))["members"]
    assert {each["name"] for each in listed} == {name_of(name, inventory_hosts.variables(name)) for name in control_plane}
    assert not any(each.get("isLearner") for each in listed)


def test_an_external_etcd_holds_the_cluster(inventory_hosts, host_vars, on_control_plane, verified_name):
    if host_vars.get("kubeadm_etcd", "stacked") == "stacked":
        pytest.skip("etcd is stacked")
    members = inventory_hosts.matching(host_vars.get("kubeadm_etcd_group", "etcd"))
    for name, member in members.items():
        keys = member.check_output("/usr/local/sbin/etcdctl-member get --prefix --keys-only /registry/")
        assert f"/{name_of(verified_name, host_vars)}\n" in keys, name
    assert not inventory_hosts[verified_name].file("/etc/kubernetes/manifests/etcd.yaml").exists


def test_a_snapshot_is_taken_and_sound(host, host_vars, stacked):
    path = host.check_output("/usr/local/sbin/etcd-kubernetes-backup")
    file = host.file(path)
    assert (file.user, file.mode & 0o077) == ("root", 0)
    assert file.size > 0
    if host.run("command -v etcdctl").rc == 0:
        status = json.loads(host.check_output("ETCDCTL_API=3 etcdctl snapshot status %s -w json", path))
        assert status["totalKey"] > 0
    kept = host.check_output(f"ls {host_vars.get('kubeadm_etcd_backup_directory', '/var/backups/etcd')}").split()
    assert len(kept) <= host_vars.get("kubeadm_etcd_backup_keep", 7)


def test_snapshots_are_taken_by_a_timer(host, host_vars, stacked):
    if not host_vars.get("kubeadm_etcd_backup_when", "daily"):
        pytest.skip("not asked for")
    assert host.service("etcd-kubernetes-backup.timer").is_running
    assert host.service("etcd-kubernetes-backup.timer").is_enabled


def test_the_served_certificate_lasts(host, host_vars, on_control_plane):
    seconds = host_vars.get("kubeadm_renew_days", 30) * 86400
    served = f"openssl s_client -connect 127.0.0.1:{host_vars.get('kubeadm_port', 6443)} </dev/null 2>/dev/null"
    host.run_expect([0], f"{served} | openssl x509 -noout -checkend {seconds}")


def test_packages_keep_their_version(host, host_vars):
    if host.system_info.distribution not in ("debian", "ubuntu"):
        pytest.skip("not of the Debian family")
    assert {"kubeadm", "kubelet", "kubectl"} <= set(host.check_output("apt-mark showhold").split())


def test_nothing_of_a_join_is_left(host):
    assert not host.file(f"{DIRECTORY}/join.yaml").exists
    assert not host.file(f"{DIRECTORY}/joining").exists
    assert not host.file(f"{DIRECTORY}/closed").exists
    assert host.file(f"{DIRECTORY}/cluster.yaml").mode == 0o600


def test_the_administrators_key_is_for_root_only(host, on_control_plane):
    file = host.file(ADMIN)
    assert (file.user, file.mode & 0o077) == ("root", 0)
