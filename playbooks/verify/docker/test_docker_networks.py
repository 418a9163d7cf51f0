"""Networks of containers: each is as described, containers reach whom they should, also on other hosts, and nobody else."""

import itertools
import json

import pytest

testinfra_hosts = ["docker_hosts"]
OVER_HOSTS = {"overlay", "vxlan", "macvlan"}


def inspected(host, name, what="container"):
    return json.loads(host.check_output("docker %s inspect %s", what, name))[0]


def wanted(host_vars, name="docker_networks"):
    found = [each for each in host_vars.get(name, []) if each.get("state") != "absent"]
    if not found:
        pytest.skip(f"no {name}")
    return found


def containers(host_vars, choose=lambda _: True):
    found = [each for each in wanted(host_vars, "docker_networks_containers") if choose(each)]
    return found or pytest.skip("no such container")


def inside(host, name, command):
    """Run a command of the host in the network of a container: its image need not have it."""
    return host.run(f"nsenter --target {inspected(host, name)['State']['Pid']} --net {command}")


def file_of(host, name, kind):
    return host.file(inspected(host, name)[kind]).content_string


def test_networks_are_as_described(host, host_vars):
    for network in wanted(host_vars):
        driver = network.get("driver", "bridge")
        if driver == "overlay" and host.run("docker network inspect %s", network["name"]).rc != 0:
            continue  # a worker has it only while a container of its own is in it
        found = inspected(host, network["name"], "network")
        assert found["Driver"] == ("bridge" if driver == "vxlan" else driver)
        assert found["Internal"] == network.get("internal", False)
        if network.get("subnet"):
            assert [each["Subnet"] for each in found["IPAM"]["Config"]] == [network["subnet"]]
        if network.get("parent"):
            assert found["Options"]["parent"] == network["parent"]


def test_unwanted_networks_are_gone(host, host_vars):
    there = host.check_output("docker network ls --format '{{.Name}}'").split()
    gone = {each["name"] for each in host_vars.get("docker_networks", []) if each.get("state") == "absent"}
    assert gone & set(there) == set()


def test_containers_run_and_come_back(host, host_vars):
    for each in containers(host_vars):
        found = inspected(host, each["name"])
        assert found["State"]["Running"], each["name"]
        assert found["HostConfig"]["RestartPolicy"]["Name"] == each.get("restart", "unless-stopped")


def test_one_without_network_is_alone(host, host_vars):
    for each in containers(host_vars, lambda each: each.get("network") == "none"):
        links = inside(host, each["name"], "ip -o link show").stdout.splitlines()
        assert [line.split()[1] for line in links] == ["lo:"]
        assert inside(host, each["name"], "ip route show").stdout == ""
        for address in ("172.17.0.1", host.check_output("hostname -I").split()[0]):
            assert "Network is unreachable" in inside(host, each["name"], f"ping -c 1 -W 1 {address}").stderr


def test_one_in_the_hosts_network_is_in_it(host, host_vars):
    for each in containers(host_vars, lambda each: each.get("network") == "host"):
        pid = inspected(host, each["name"])["State"]["Pid"]
        assert host.check_output(f"readlink /proc/{pid}/ns/net") == host.check_output("readlink /proc/1/ns/net")


def test_one_in_the_network_of_another_is_in_that(host, host_vars):
    for each in containers(host_vars, lambda each: each.get("network", "").startswith("container:")):
        pids = [inspected(host, name)["State"]["Pid"] for name in (each["name"], each["network"].partition(":")[2])]
        assert len({host.check_output(f"readlink /proc/{pid}/ns/net") for pid in pids}) == 1


def test_names_hosts_and_resolver_are_as_given(host, host_vars):
    for each in containers(host_vars, lambda each: each.get("hostname") or each.get("hosts") or each.get("dns") or each.get("dns_search")):
        if each.get("hostname"):
            assert file_of(host, each["name"], "HostnamePath").strip() == each["hostname"]
        lines = [line.split() for line in file_of(host, each["name"], "HostsPath").splitlines()]
        for name, address in each.get("hosts", {}).items():
            assert [address, name] in lines
        resolver = file_of(host, each["name"], "ResolvConfPath").splitlines()
        own = bool(each.get("networks"))
        if own:
            assert "nameserver 127.0.0.11" in resolver
            assert inspected(host, each["name"])["HostConfig"]["Dns"] == each.get("dns", [])
        for line in [] if own else each.get("dns", []):
            assert f"nameserver {line}" in resolver
        if each.get("dns_search"):
            assert "search " + " ".join(each["dns_search"]) in resolver
        options = [line.split()[1:] for line in resolver if line.startswith("options ")]
        assert set(each.get("dns_options", [])) <= set(itertools.chain(*options))


def test_addresses_are_as_given(host, host_vars):
    for each in containers(host_vars, lambda each: each.get("networks")):
        for place in each["networks"]:
            found = inspected(host, each["name"])["NetworkSettings"]["Networks"][place["name"]]
            assert not place.get("address") or found["IPAddress"] == place["address"]
            assert set(place.get("aliases", [])) <= set(found["Aliases"] or [])


def places_over_hosts(inventory_hosts):
    """Return (network, driver, host, container) of each container in a network that spans hosts."""
    found = []
    for name in inventory_hosts.matching("docker_hosts"):
        variables = inventory_hosts.variables(name)
        over = {each["name"]: each["driver"] for each in variables.get("docker_networks", []) if each.get("driver") in OVER_HOSTS}
        for each in variables.get("docker_networks_containers", []):
            places = [place["name"] for place in each.get("networks", []) if place["name"] in over]
            found += [(place, over[place], name, each["name"]) for place in places]
    return found or pytest.skip("no network over hosts")


def test_containers_of_a_network_over_hosts_reach_each_other(inventory_hosts):
    """From every one to every other, by address; over a swarm's overlay by name as well."""
    members = inventory_hosts.matching("docker_hosts")
    pairs = itertools.permutations(places_over_hosts(inventory_hosts), 2)
    pairs = [(one, other) for one, other in pairs if one[0] == other[0] and one[2] != other[2]]
    assert pairs
    for (network, driver, host, name), (_, _, elsewhere, other) in pairs:
        address = inspected(members[elsewhere], other)["NetworkSettings"]["Networks"][network]["IPAddress"]
        answer = inside(members[host], name, f"ping -c 2 -i 0.2 -W 2 {address}")
        assert answer.rc == 0, f"{host} {name} {other}: {answer.stdout}"
        if driver == "overlay" and members[host].run("docker exec %s getent --version", name).rc == 0:
            assert members[host].check_output("docker exec %s getent hosts %s", name, other).split()[0] == address


def test_two_networks_of_a_host_do_not_reach_each_other(host, host_vars):
    alone = containers(host_vars, lambda each: len(each.get("networks", [])) == 1)
    bridges = {each["name"] for each in wanted(host_vars) if each.get("driver", "bridge") in {"bridge", "vxlan"}}
    tried = [(each["name"], each["networks"][0]["name"]) for each in alone if each["networks"][0]["name"] in bridges]
    for (one, network), (other, elsewhere) in itertools.permutations(tried, 2):
        if network != elsewhere:
            address = inspected(host, other)["NetworkSettings"]["Networks"][elsewhere]["IPAddress"]
            assert inside(host, one, f"ping -c 1 -W 1 {address}").rc != 0, (one, other)


def test_members_of_the_swarm_are_well(inventory_hosts):
    members = inventory_hosts.matching("docker_hosts")
    networks = {name: inventory_hosts.variables(name).get("docker_networks", []) for name in members}
    over = [name for name, listed in networks.items() if "overlay" in {each.get("driver") for each in listed}]
    if not over:
        pytest.skip("no overlay")
    rows = [members[name].run("docker node ls --format '{{.Hostname}} {{.Status}} {{.ManagerStatus}}'") for name in members]
    seen = [done.stdout.splitlines() for done in rows if done.rc == 0]
    assert seen, "no manager"
    assert all(line.split()[1] == "Ready" for line in seen[0])
    assert len(seen[0]) == len(over)
    assert sum("Leader" in line for line in seen[0]) == 1
