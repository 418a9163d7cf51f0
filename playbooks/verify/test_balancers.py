"""The balancers: both are well and agree, and the address is on exactly one of them."""

testinfra_hosts = ["balancers"]


def holders(inventory_hosts):
    """Return the names of the hosts that hold the cluster's address, among all of the inventory."""
    balancer = next(iter(inventory_hosts.matching("balancers")))
    vip = inventory_hosts.variables(balancer)["vip"]
    return [name for name, host in inventory_hosts.items() if f" {vip}/" in host.check_output("ip -o -4 address show")]


def test_the_address_is_on_exactly_one_host(inventory_hosts):
    found = holders(inventory_hosts)
    assert len(found) == 1, found
    assert found[0] in inventory_hosts.matching("balancers")


def test_services_run_and_start_with_the_host(host):
    for name in ("haproxy", "keepalived"):
        service = host.service(name)
        assert service.is_running, name
        assert service.is_enabled, name


def test_the_configuration_of_haproxy_is_valid(host):
    host.run_expect([0], "haproxy -c -f /etc/haproxy/haproxy.cfg")


def test_the_configuration_of_keepalived_is_valid(host):
    # 2.2.7 ends the test of a configuration with scripts by a SIGTERM to its own process group
    host.run_expect([0], "setsid --wait sh -c %s", 'trap "" TERM; exec keepalived -t -f /etc/keepalived/keepalived.conf')


def test_peers_are_the_other_balancers(host, verified_name, inventory_hosts):
    lines = [line.strip() for line in host.file("/etc/keepalived/keepalived.conf").content_string.splitlines()]
    peers = lines[lines.index("unicast_peer {") + 1 :]
    peers = peers[: peers.index("}")]
    own = inventory_hosts.variables(verified_name)["ansible_host"]
    others = [
        inventory_hosts.variables(name)["ansible_host"] for name in inventory_hosts.matching("balancers") if name != verified_name
    ]
    assert f"unicast_src_ip {own}" in lines
    assert peers == others


def test_balancers_agree(inventory_hosts):
    """Same router id, version and interval everywhere; priorities that differ."""
    texts = [
        host.file("/etc/keepalived/keepalived.conf").content_string for host in inventory_hosts.matching("balancers").values()
    ]
    words = [dict(line.split() for line in text.splitlines() if len(line.split()) == 2) for text in texts]
    for same in ("virtual_router_id", "version", "advert_int", "interface"):
        assert len({each[same] for each in words}) == 1, same
    assert len({each["priority"] for each in words}) == len(words)


def test_a_killed_daemon_leaves_no_address(host, inventory_hosts):
    balancer = next(iter(inventory_hosts.matching("balancers")))
    vip = inventory_hosts.variables(balancer)["vip"]
    seen = host.check_output("systemctl show keepalived --property=ExecStopPost --property=Restart")
    assert f"address delete {vip}/" in seen
    assert "Restart=on-failure" in seen


def test_every_back_end_is_up(host, inventory_hosts):
    table = host.check_output("curl -sf 'http://127.0.0.1:8404/;csv'").splitlines()
    header = table[0].lstrip("# ").split(",")
    rows = [dict(zip(header, line.split(","), strict=False)) for line in table[1:]]
    states = {row["svname"]: row["status"] for row in rows if row["pxname"] == "web" and row["svname"] in inventory_hosts}
    assert states == dict.fromkeys(inventory_hosts.matching("web"), "UP")


def test_the_statistics_socket_is_for_root_only(host):
    socket = host.file("/run/haproxy/admin.sock")
    assert socket.is_socket
    assert socket.mode & 0o007 == 0
