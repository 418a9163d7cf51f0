"""The private registry as a Docker host sees it: push, pull, refused without login, a sound certificate, garbage collection."""

import json

import pytest

testinfra_hosts = ["docker_hosts"]

MAKE_IMAGE = (
    "set -e; files='/bin/sh /bin/hostname'; "
    "tar -chf - $files $(for each in $files; do ldd $each; done | grep -o '/[^ ]*' | sort -u) 2>/dev/null | docker import - %s"
)
ACCEPT = "Accept: application/vnd.docker.distribution.manifest.v2+json"
CONFIG = "/root/.muster-verify-docker"


@pytest.fixture(scope="module")
def registry(inventory_hosts):
    """Variables of the registry, with its endpoint and first user."""
    names = list(inventory_hosts.matching("registry"))
    if not names:
        pytest.skip("the inventory has no registry")
    variables = inventory_hosts.variables(names[0])
    if not variables.get("registry_users"):
        pytest.skip("registry_users is not set in the inventory")
    endpoint = f"{variables['ansible_host']}:{variables.get('registry_port', 5000)}"
    return {"host": inventory_hosts[names[0]], "endpoint": endpoint, "user": variables["registry_users"][0]}


@pytest.fixture(scope="module")
def image(host, registry, verified_name):
    name = f"{registry['endpoint']}/muster-verify/{verified_name}:1"
    host.run_expect([0], MAKE_IMAGE, name)
    host.run("rm -rf %s", CONFIG)
    yield name
    host.run("docker rmi -f %s; rm -rf %s", name, CONFIG)


@pytest.fixture
def login(host, registry):
    user = registry["user"]
    host.run_expect(
        [0],
        "umask 077; mkdir -p %s; echo %s | docker --config %s login -u %s --password-stdin %s",
        CONFIG,
        user["password"],
        CONFIG,
        user["name"],
        registry["endpoint"],
    )


def authority(registry):
    return f"/etc/docker/certs.d/{registry['endpoint']}/ca.crt"


def curl(host, registry, path, *words):
    """Return (status, body) of a request as the first user; the password goes through standard input."""
    user = registry["user"]
    config = json.dumps(f"{user['name']}:{user['password']}")
    text = host.check_output(
        "echo %s | curl -s -K - --cacert %s -w '\\n%%{http_code}' " + " ".join(["%s"] * (len(words) + 1)),
        f"user = {config}",
        authority(registry),
        *words,
        f"https://{registry['endpoint']}{path}",
    )
    body, _newline, status = text.rpartition("\n")
    return int(status.strip("%")), body


def test_nobody_gets_in_without_login(host, registry, image):
    url = f"https://{registry['endpoint']}/v2/_catalog"
    assert host.check_output("curl -s -o /dev/null -w '%{http_code}' --cacert " + authority(registry) + " " + url) == "401"
    pushed = host.run("docker --config /root/.muster-verify-nobody push %s", image)
    assert pushed.rc != 0
    assert "no basic auth credentials" in pushed.stderr


def test_a_wrong_password_is_refused(host, registry):
    user = registry["user"]["name"]
    tried = host.run("echo wrong | docker --config /root/.muster-verify-nobody login -u %s --password-stdin %s", user, registry["endpoint"])
    assert tried.rc != 0
    assert "401" in tried.stderr


def test_the_certificate_is_checked(host, registry):
    """Good with the authority of the cluster, refused without it."""
    url = f"https://{registry['endpoint']}/v2/"
    host.run_expect([0], "curl -s -o /dev/null --cacert %s %s", authority(registry), url)
    host.run_expect([60], "curl -s -o /dev/null %s", url)


def test_push_then_pull(host, registry, image, login):
    host.run_expect([0], "docker --config %s push %s", CONFIG, image)
    host.run_expect([0], "docker rmi %s", image)
    host.run_expect([0], "docker --config %s pull %s", CONFIG, image)
    assert host.check_output("docker run --rm --hostname pulled %s /bin/hostname", image) == "pulled"


def test_garbage_collection_keeps_what_is_tagged_and_takes_what_is_deleted(host, registry, image, login, verified_name):
    path = f"/v2/muster-verify/{verified_name}"
    host.run_expect([0], "docker --config %s push %s", CONFIG, image)
    collect = "systemctl start registry-collect.service && systemctl is-active docker-registry.service docker-distribution.service"
    size = "du -s $(sed -n 's/.*rootdirectory: *\\([^}]*\\)}/\\1/p' /etc/docker*/registry/config.yml) | cut -f1"
    registry["host"].run(collect)
    wait_for_answer(host, registry)
    before = int(registry["host"].check_output(size))
    host.run_expect([0], "docker rmi %s", image)
    host.run_expect([0], "docker --config %s pull %s", CONFIG, image)
    digest = host.check_output("docker inspect --format '{{index .RepoDigests 0}}' %s", image).partition("@")[2]
    assert curl(host, registry, f"{path}/manifests/{digest}", "-X", "DELETE")[0] == 202
    registry["host"].run(collect)
    wait_for_answer(host, registry)
    assert curl(host, registry, f"{path}/manifests/{digest}", "-H", ACCEPT)[0] == 404
    assert int(registry["host"].check_output(size)) < before


def wait_for_answer(host, registry):
    host.run_expect(
        [0],
        "for each in $(seq 50); do curl -s -o /dev/null --cacert %s %s && exit 0; sleep 0.2; done; exit 1",
        authority(registry),
        f"https://{registry['endpoint']}/v2/",
    )
