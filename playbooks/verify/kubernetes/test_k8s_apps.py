"""Applications of the cluster: each as described and up, a rolling update taken back to a revision, a file copied into a pod."""

import json

import pytest

testinfra_hosts = ["kubernetes_control_plane"]

KUBECTL = "kubectl --kubeconfig={config}"
TRIAL = "muster-verify"
BACK_IN = ("Deployment", "DaemonSet")


@pytest.fixture(scope="module")
def seat(inventory_hosts):
    """The host that speaks for the cluster, and its variables."""
    names = list(inventory_hosts.matching("kubernetes_control_plane"))
    if not names:
        pytest.skip("the inventory has no kubernetes_control_plane")
    variables = inventory_hosts.variables(names[0])
    if not variables.get("k8s_apps", []):
        pytest.skip("the inventory has no k8s_apps")
    return inventory_hosts[names[0]], variables


@pytest.fixture(scope="module")
def ask(seat):
    """Return what kubectl says to these words, as an object where they ask for JSON."""
    host, variables = seat
    program = KUBECTL.format(config=variables.get("k8s_apps_kubeconfig", "/etc/kubernetes/admin.conf"))

    def say(words, *values):
        said = host.check_output(f"{program} {words}", *values)
        return json.loads(said) if words.endswith("-o json") else said

    return say


@pytest.fixture(scope="module")
def present(seat):
    return [each for each in seat[1]["k8s_apps"] if each.get("state") != "absent"]


def place(app):
    return f"{app.get('kind', 'Deployment').lower()}/{app['name']} --namespace={app.get('namespace', 'default')}"


def pods_of(ask, app):
    return ask(f"get pods --namespace={app.get('namespace', 'default')} --selector=app={app['name']} -o json")["items"]


def test_each_is_as_described_and_up(ask, present):
    for app in present:
        found = ask(f"get {place(app)} -o json")
        if app.get("kind", "Deployment") in BACK_IN:
            ask(f"rollout status {place(app)} --timeout=10s")
            assert found["spec"]["template"]["spec"]["containers"][0]["image"] == app["image"]
        if app.get("kind", "Deployment") == "Deployment":
            assert found["status"]["availableReplicas"] == app.get("replicas", 1)


def test_pods_are_where_and_how_they_should_be(ask, present):
    for app in present:
        for pod in pods_of(ask, app):
            node = ask(f"get node {pod['spec']['nodeName']} -o json")["metadata"]["labels"]
            assert app.get("node_selector", {}).items() <= node.items()
            assert pod["spec"].get("hostNetwork", False) is app.get("host_network", False)
            assert pod["spec"]["restartPolicy"] == app.get("restart_policy", "Always" if app.get("kind") != "Job" else "Never")


def test_services_lead_to_them(ask, present):
    for app in (each for each in present if "service" in each):
        service = ask(f"get service {app['name']} --namespace={app.get('namespace', 'default')} -o json")["spec"]
        assert service["type"] == app["service"].get("type", "ClusterIP")
        assert service["selector"] == {"app": app["name"]}
        if "node_port" in app["service"]:
            assert service["ports"][0]["nodePort"] == app["service"]["node_port"]


def test_unwanted_ones_are_gone(ask, seat):
    for app in (each for each in seat[1]["k8s_apps"] if each.get("state") == "absent"):
        assert ask(f"get {place(app)} --ignore-not-found") == ""


def test_namespaces_have_their_limits(ask, seat):
    for space in seat[1].get("k8s_apps_namespaces", []):
        found = ask(f"get limitranges --namespace={space['name']} -o json")["items"]
        assert bool(found) is bool(space.get("limits"))


def test_nothing_differs_from_what_was_written(ask, seat):
    """kubectl diff ends with 1 where it finds something."""
    directory = seat[1].get("k8s_apps_directory", "/etc/kubernetes/muster-apps")
    assert ask(f"diff -f {directory}/applications.yaml") == ""


@pytest.fixture
def trial(ask, present):
    """A Deployment of its own, with the image of one that runs, so that no image need be pulled anew."""
    running = next((each for each in present if each.get("kind", "Deployment") == "Deployment"), None)
    if running is None:
        pytest.skip("k8s_apps has no Deployment")
    container = {"name": "trial", "image": running["image"], "env": [{"name": "STEP", "value": "one"}]}
    pod = {"containers": [container], "nodeSelector": running.get("node_selector", {})}
    template = {"metadata": {"labels": {"app": TRIAL}}, "spec": pod}
    spec = {"replicas": 2, "selector": {"matchLabels": {"app": TRIAL}}, "template": template}
    manifest = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": TRIAL, "namespace": "default"}, "spec": spec}
    ask(f"delete deployment {TRIAL} --ignore-not-found")
    ask("apply -f - <<'END'\n" + json.dumps(manifest) + "\nEND")
    ask(f"rollout status deployment/{TRIAL} --timeout=60s")
    yield TRIAL
    ask(f"delete deployment {TRIAL}")


def step(ask, name):
    return ask(f"get deployment {name} -o json")["spec"]["template"]["spec"]["containers"][0]["env"][0]["value"]


def test_an_update_rolls_and_goes_back_to_a_revision(ask, trial):
    for word in ("two", "three"):
        ask(f"set env deployment/{trial} STEP={word}")
        ask(f"rollout status deployment/{trial} --timeout=60s")
        assert step(ask, trial) == word
    ask(f"rollout undo deployment/{trial} --to-revision=1")
    ask(f"rollout status deployment/{trial} --timeout=60s")
    assert step(ask, trial) == "one"
    pods = [each for each in pods_of(ask, {"name": trial}) if "deletionTimestamp" not in each["metadata"]]
    assert [each["spec"]["containers"][0]["env"][0]["value"] for each in pods] == ["one", "one"]


def test_a_file_is_copied_into_a_pod(ask, seat, trial):
    host, _variables = seat
    pod = pods_of(ask, {"name": trial})[0]["metadata"]["name"]
    with_tar = host.run(f"{KUBECTL.format(config='/etc/kubernetes/admin.conf')} exec {pod} -- tar --version")
    if with_tar.rc != 0:
        pytest.skip("the image has no tar, which kubectl cp needs")
    host.run_expect([0], "echo copied > /run/muster-verify-copy")
    ask(f"cp /run/muster-verify-copy {pod}:/tmp/muster-verify-copy")
    assert ask(f"exec {pod} -- cat /tmp/muster-verify-copy") == "copied"
    host.run_expect([0], "rm /run/muster-verify-copy")
