"""Configuration files of the roles against schemas of the published types, and the scripts that look at a host, in a folder of their own."""
# ruff: noqa: E501 (programs that print, and their tables and messages in one line)


import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import jsonschema
import pytest
import yaml

ROOT = Path(__file__).parents[3]
SCHEMAS = Path(__file__).parent / "standin" / "schemas"
FILES = ROOT / "roles" / "kubeadm" / "files"
PLAY = """
- hosts: all
  gather_facts: false
  vars_files: ["{root}/roles/kubeadm/defaults/main.yml", "{root}/roles/kubeadm/vars/main.yml", "{root}/roles/containerd/defaults/main.yml"]
  vars:
    kubeadm_learned: {{stdout: '{{"joined": false, "versions": {{}}}}'}}
    kubeadm_invitation: {{stdout: "kubeadm join x --token abcdef.0123456789abcdef --discovery-token-ca-cert-hash sha256:{hash}"}}
    kubeadm_uploaded: {{stdout: "key\\n{hash}"}}
    containerd_certificates_directory: /etc/containerd/certs.d
  tasks:
    - template: {{src: "{root}/roles/kubeadm/templates/{{{{ item }}}}.j2", dest: "{{{{ playbook_dir }}}}/{{{{ inventory_hostname }}}}-{{{{ item }}}}"}}
      loop: [cluster.yaml, join.yaml]
    - template: {{src: "{root}/roles/containerd/templates/{{{{ item }}}}.j2", dest: "{{{{ playbook_dir }}}}/{{{{ item }}}}"}}
      loop: [config-2.toml, config-3.toml]
"""
INVENTORY = {
    "all": {
        "vars": {"ansible_connection": "local", "ansible_python_interpreter": sys.executable},
        "children": {
            "kubernetes_control_plane": {"hosts": {"c1": {"ansible_host": "10.0.0.1"}}},
            "kubernetes_workers": {"hosts": {"w1": {"ansible_host": "10.0.0.2"}}},
            "etcd": {"hosts": {"c1": {}}},
        },
    }
}


def render(folder, **variables):
    (folder / "play.yml").write_text(PLAY.format(root=ROOT, hash="0" * 64))
    (folder / "hosts.yml").write_text(yaml.safe_dump(INVENTORY))
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("ANSIBLE_", "MUSTER_"))}
    argv = [sys.executable, "-m", "runner", "play", "-i", "hosts.yml", "-e", json.dumps(variables), "play.yml"]
    run = {"cwd": folder, "env": {**environment, "PYTHONPATH": str(ROOT)}, "stdin": subprocess.DEVNULL}
    done = subprocess.run(argv, **run, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr


def complaints(document):
    """Return what a schema says of one document, by jsonschema and by the stand-in's own check."""
    group, version = document["apiVersion"].split("/")
    if group == "kubeproxy.config.k8s.io":
        return []
    schema = json.loads((SCHEMAS / f"{group.partition('.')[0]}-{version}.json").read_text())
    wanted = {**schema, "$ref": f"#/definitions/{document['kind']}"}
    return [error.message for error in jsonschema.Draft7Validator(wanted).iter_errors(document)]


@pytest.mark.parametrize("version", ["1.30.4", "1.34.2"])
@pytest.mark.parametrize("etcd", ["stacked", "external"])
def test_what_is_written_for_kubeadm_fits_the_published_types(tmp_path, version, etcd):
    flags = {"apiServer": {"audit-log-maxage": "30"}, "etcd": {"quota-backend-bytes": "1"}, "scheduler": {"v": "2"}}
    render(tmp_path, kubeadm_version=version, kubeadm_etcd=etcd, kubeadm_arguments=flags, kubeadm_proxy_settings={"mode": "ipvs"}, kubeadm_skip_phases=["addon/kube-proxy"])
    seen = []
    for host in ("c1", "w1"):
        for file in ("cluster.yaml", "join.yaml"):
            # kubeadm splits at the dashes, and a part that has only a comment is a document without a kind.
            assert all(map(yaml.safe_load, (tmp_path / f"{host}-{file}").read_text().split("\n---\n")))
            for document in filter(None, yaml.safe_load_all((tmp_path / f"{host}-{file}").read_text())):
                seen.append((host, document["kind"]))
                assert complaints(document) == [], document
                if document["kind"] == "ClusterConfiguration":
                    assert document["apiVersion"].endswith("v1beta3" if version < "1.31" else "v1beta4")
                    assert list(document["etcd"]) == ["local" if etcd == "stacked" else "external"]
                if document["kind"] == "InitConfiguration":
                    assert document["skipPhases"] == ["addon/kube-proxy"]
                    assert [each["ttl"] for each in document["bootstrapTokens"]] == ["1s"]
                if document["kind"] == "JoinConfiguration":
                    assert ("controlPlane" in document) == (host == "c1")
    assert ("c1", "InitConfiguration") in seen
    assert ("w1", "InitConfiguration") not in seen
    assert len(seen) == 9


def test_the_schemas_refuse_what_kubeadm_would(tmp_path):
    render(tmp_path, kubeadm_kubelet_settings={"imageGCHighThresholdPercnt": 90}, kubeadm_cluster_settings={"networking": {"podSubnet": 7}})
    documents = [each for each in yaml.safe_load_all((tmp_path / "c1-cluster.yaml").read_text()) if each]
    said = [line for each in documents for line in complaints(each)]
    assert any("imageGCHighThresholdPercnt" in line for line in said)
    assert any("7 is not of type 'string'" in line for line in said)


def test_both_forms_of_containerds_file_are_toml_with_the_settings(tmp_path):
    render(tmp_path, containerd_cgroup_driver="systemd", containerd_sandbox_image="example/pause:1", containerd_restrict_oom_score=True)
    second, third = (tomllib.loads((tmp_path / f"config-{form}.toml").read_text()) for form in (2, 3))
    assert (second["version"], third["version"]) == (2, 3)
    cri = second["plugins"]["io.containerd.grpc.v1.cri"]
    assert cri["restrict_oom_score_adj"] is third["plugins"]["io.containerd.cri.v1.runtime"]["restrict_oom_score_adj"] is True
    assert cri["containerd"]["runtimes"]["runc"]["options"]["SystemdCgroup"] is True
    assert cri["sandbox_image"] == third["plugins"]["io.containerd.cri.v1.images"]["pinned_images"]["sandbox"] == "example/pause:1"
    assert third["plugins"]["io.containerd.cri.v1.runtime"]["containerd"]["runtimes"]["runc"]["options"]["SystemdCgroup"] is True


@pytest.fixture
def host(tmp_path):
    """A folder that stands for a host's root, with `systemctl`, `swapoff` and `ss` that only write down how they were called."""
    for name, text in {"proc/swaps": "Filename\tType\n", "etc/fstab": "/dev/a / ext4 defaults 0 1\n", "proc/meminfo": "MemTotal: 4000000 kB\n"}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / "bin").mkdir()
    for name in ("systemctl", "swapoff", "ss"):
        (tmp_path / "bin" / name).write_text(f'#!/bin/sh\necho {name} "$@" >>{tmp_path}/calls\ncat {tmp_path}/{name}.out 2>/dev/null || true\n')
        (tmp_path / "bin" / name).chmod(0o755)
    return tmp_path


def run(host, script, *words, **environment):
    path = {"PATH": f"{host}/bin:/usr/sbin:/usr/bin:/sbin:/bin", **environment}
    argv = ["/bin/sh", "-c", (FILES / script).read_text(), script, *words]
    return subprocess.run(argv, env=path, capture_output=True, text=True, timeout=20, check=True).stdout.splitlines()


def test_swap_goes_now_and_at_boot(host):
    (host / "proc/swaps").write_text("Filename\tType\n/dev/sda2\tpartition\n")
    (host / "etc/fstab").write_text("/dev/a / ext4 defaults 0 1\nUUID=1 none swap sw 0 0\n# /old none swap sw 0 0\n")
    (host / "systemctl.out").write_text("dev-sda2.swap loaded\n")
    before = (host / "etc/fstab").read_text()
    said = ["swap on /dev/sda2", "swap in /etc/fstab", "unit dev-sda2.swap"]
    assert run(host, "swap.sh", "look", str(host)) == said
    assert (host / "etc/fstab").read_text() == before
    assert "swapoff" not in (host / "calls").read_text()
    assert run(host, "swap.sh", "off", str(host)) == said
    assert "# Off for Kubernetes: UUID=1 none swap sw 0 0\n" in (host / "etc/fstab").read_text()
    calls = (host / "calls").read_text()
    assert "swapoff /dev/sda2\n" in calls
    assert "systemctl mask --now dev-sda2.swap\n" in calls


def test_no_swap_is_no_change(host):
    assert run(host, "swap.sh", "off", str(host)) == []


def test_preflight_names_all_obstacles_at_once(host):
    (host / "proc/swaps").write_text("Filename\tType\n/dev/sda2\tpartition\n")
    (host / "proc/meminfo").write_text("MemTotal: 900000 kB\n")
    (host / "proc/sys/net/ipv4").mkdir(parents=True)
    (host / "proc/sys/net/ipv4/ip_forward").write_text("0\n")
    (host / "ss.out").write_text('LISTEN 0 1 *:1 *:* users:(("nginx",pid=7,fd=3))\n')
    words = {"NODE": "n1", "CONTROL_PLANE": "yes", "STACKED": "", "PORT": "6443", "SOCKET": "/run/none.sock", "DRIVER": "systemd", "SWAP": "off"}
    said = run(host, "preflight.sh", "real", str(host), SYSCTLS="net.ipv4.ip_forward=1", IGNORE="NumCPU", **words)
    assert all(line.startswith("n1: ") for line in said)
    text = "\n".join(said)
    for part in ("swap is on (/dev/sda2)", "ip_forward is 0, not 1", "there are 878", "no container runtime", 'port 6443 is taken by "nginx"'):
        assert part in text
    forgiven = run(host, "preflight.sh", "forecast", str(host), SYSCTLS="net.ipv4.ip_forward=1", IGNORE="NumCPU Mem", **words)
    assert [line.partition(" is taken")[0] for line in forgiven] == [f"n1: port {port}" for port in (6443, 10257, 10259, 10250)]


def test_certificates_that_end_soon_are_found(host):
    pki = host / "etc/kubernetes/pki"
    pki.mkdir(parents=True)
    for name, days in (("soon", "5"), ("late", "300"), ("ca", "5")):
        make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=x", "-days", days]
        subprocess.run([*make, "-keyout", pki / f"{name}.key", "-out", pki / f"{name}.crt"], check=True, capture_output=True, timeout=30)
    assert run(host, "expiring.sh", "30", str(host)) == ["pki/soon.crt"]


def test_a_founding_that_broke_off_is_known(host):
    here = host / "etc/kubernetes"
    said = []
    for made in ("muster/founding", "manifests/etcd.yaml", "kubelet.conf"):
        (here / made).parent.mkdir(parents=True, exist_ok=True)
        (here / made).write_text("x")
        said.append(json.loads(run(host, "learn.sh", str(host))[0]))
    assert [(each["unfounded"], each["joined"]) for each in said] == [(False, False), (True, False), (True, True)]


@pytest.mark.parametrize(("new", "pids", "seconds", "code", "looks"), [("new", "1 1 1 2", 20, 0, 4), ("old", "1 1", 20, 0, 1), ("new", "1 1", 0, 1, 2)])
def test_the_old_api_server_is_not_taken_for_the_new_one(host, new, pids, seconds, code, looks):
    """kubelet starts the new one a while after its manifest has changed; until then the old one answers."""
    manifest = host / "etc/kubernetes/manifests/kube-apiserver.yaml"
    manifest.parent.mkdir(parents=True)
    manifest.write_text("old\n")
    (host / "pids").write_text(pids.replace(" ", "\n") + "\n")
    one = f"n=$(cat {host}/looks 2>/dev/null || echo 0); n=$((n + 1)); echo $n >{host}/looks; pid=$(sed -n ${{n}}p {host}/pids)"
    programs = {"kubeadm": f"echo {new} >{manifest}", "kubectl": f"echo $* >>{host}/calls", "ss": f"{one}; echo \"users:((x,pid=${{pid:-1}},fd=3))\""}
    for name, text in programs.items():
        (host / "bin" / name).write_text(f"#!/bin/sh\n{text}\n")
        (host / "bin" / name).chmod(0o755)
    argv = ["/bin/sh", "-c", (FILES / "control_plane.sh").read_text(), "control_plane.sh", "c.yaml", "https://10.0.0.1:6443", str(seconds), str(host)]
    done = subprocess.run(argv, env={"PATH": f"{host}/bin:/usr/bin:/bin"}, capture_output=True, text=True, timeout=20)
    assert (done.returncode, int((host / "looks").read_text())) == (code, looks), done.stderr
    assert (host / "calls").exists() is (code == 0)
    assert ("did not start anew within 0 seconds" in done.stderr) is (code == 1)


FOUNDING = """
- hosts: all
  gather_facts: false
  vars_files: ["{root}/roles/kubeadm/vars/main.yml", "{root}/roles/kubeadm/defaults/main.yml"]
  tasks:
    - file: {{path: "{{{{ kubeadm_directory }}}}", state: directory}}
    - include_tasks: "{root}/roles/kubeadm/tasks/found.yml"
"""


def test_nobody_waits_for_a_cluster_that_was_not_founded(host):
    (host / "bin/kubeadm").write_text("#!/bin/sh\necho no luck >&2\nexit 1\n")
    (host / "bin/kubeadm").chmod(0o755)
    (host / "play.yml").write_text(FOUNDING.format(root=ROOT))
    words = {"kubeadm_directory": str(host / "own"), "kubeadm_seat": "", "kubeadm_members": ["c1", "c2"], "ansible_connection": "local", "ansible_python_interpreter": sys.executable}
    argv = [sys.executable, "-m", "runner", "play", "-i", "c1,c2,", "-e", json.dumps(words), "play.yml"]
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("ANSIBLE_", "MUSTER_"))}
    environment |= {"PYTHONPATH": str(ROOT), "PATH": f"{host}/bin:{environment['PATH']}"}
    done = subprocess.run(argv, cwd=host, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2, done.stdout + done.stderr
    assert "no luck" in done.stdout
    assert "c1 did not found the cluster: see there." in done.stdout
    assert "Learn its nodes" not in done.stdout
    assert (host / "own/founding").exists()


CRICTL = """#!/bin/sh
case "$1" in
    ps) echo c0ffee ;;
    exec)
        shift 2
        [ "$1" = etcdctl ] || [ -e {root}/has-etcdutl ] || exit 1
        [ "$2" = version ] || echo "$@" ;;
esac
"""


def test_etcdctl_runs_where_etcd_does_and_etcdutl_looks_at_files(host):
    (host / "bin/crictl").write_text(CRICTL.format(root=host))
    (host / "bin/crictl").chmod(0o755)
    (host / "bin/head").symlink_to("/usr/bin/head")
    script = ROOT / "roles/kubeadm/templates/etcdctl-kubernetes.j2"

    def say(*words):
        # Not all of the machine's programs: it may have an etcdctl of its own.
        path = {"PATH": f"{host}/bin"}
        argv = ["/bin/sh", "-c", script.read_text(), "etcdctl-kubernetes", *words]
        return subprocess.run(argv, env=path, capture_output=True, text=True, timeout=20, check=True).stdout.split()

    assert say("member", "list")[0] == "etcdctl"
    assert "--cacert=/etc/kubernetes/pki/etcd/ca.crt" in say("member", "list")
    # Before etcd 3.5 there is no etcdutl; from 3.6 on etcdctl has no `snapshot status`.
    assert say("snapshot", "status", "f") == ["etcdctl", "snapshot", "status", "f"]
    (host / "has-etcdutl").write_text("")
    assert say("snapshot", "status", "f") == ["etcdutl", "snapshot", "status", "f"]
    assert say("snapshot", "save", "f")[0] == "etcdctl"
