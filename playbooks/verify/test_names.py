"""Every host: it has its name, knows the others by name, and asks the name servers as told."""

testinfra_hosts = ["all"]


def addresses(host, name):
    """Return what the host resolves a name to."""
    return {line.split()[0] for line in host.run("getent ahostsv4 %s", name).stdout.splitlines()}


def test_the_host_has_its_name(host, verified_name):
    short = verified_name.split(".")[0]
    assert host.check_output("hostname") == short
    assert host.file("/etc/hostname").content_string.strip() == short


def test_every_host_of_the_inventory_is_known(host, host_vars, inventory_hosts):
    domain = host_vars["cluster_domain"]
    for name in inventory_hosts:
        address = inventory_hosts.variables(name)["ansible_host"]
        assert address in addresses(host, name), name
        assert addresses(host, f"{name}.{domain}") == {address}


def test_the_service_has_a_name(host, host_vars, inventory_hosts):
    balancer = next(iter(inventory_hosts.matching("balancers")))
    assert addresses(host, f"www.{host_vars['cluster_domain']}") == {inventory_hosts.variables(balancer)["vip"]}


def test_the_hosts_file_keeps_what_was_there(host):
    text = host.file("/etc/hosts").content_string
    assert text.count("BEGIN hosts of the inventory") == 1
    assert text.count("END hosts of the inventory") == 1
    assert any(line.split()[:2] == ["127.0.0.1", "localhost"] for line in text.splitlines() if line.strip())


def test_the_resolver_is_set(host, host_vars):
    lines = host.file("/etc/resolv.conf").content_string.splitlines()
    assert f"search {host_vars['cluster_domain']}" in lines
    assert "options timeout:2 attempts:2" in lines
    assert any(line.startswith("nameserver ") for line in lines)
