"""The service as a client on another host sees it, through the cluster's address."""

import re
from collections import Counter

testinfra_hosts = ["operations"]

REQUESTS = 20


def test_requests_reach_every_back_end(host, inventory_hosts):
    balancer = next(iter(inventory_hosts.matching("balancers")))
    vip = inventory_hosts.variables(balancer)["vip"]
    loop = f"for each in $(seq {REQUESTS}); do curl -sf -m 3 http://{vip}/ || echo failed; done"
    answers = Counter(re.findall(r"served by ([\w.-]+)|(failed)", host.check_output(loop)))
    served = Counter({name: count for (name, _), count in answers.items() if name})
    assert sum(served.values()) == REQUESTS, answers
    assert set(served) == set(inventory_hosts.matching("web"))
    assert max(served.values()) - min(served.values()) <= REQUESTS // 4, served


def test_the_service_answers_by_name(host, host_vars):
    assert "served by" in host.check_output("curl -sf -m 3 %s", f"http://www.{host_vars['cluster_domain']}/")


def test_the_address_is_one_machine_on_the_network(host, inventory_hosts):
    """Exactly one balancer answers for the address: the neighbour entry is the MAC address of the one that holds it."""
    balancers = inventory_hosts.matching("balancers")
    vip = inventory_hosts.variables(next(iter(balancers)))["vip"]
    host.run_expect([0], "curl -sf -m 3 -o /dev/null %s", f"http://{vip}/")
    seen = re.search(r"lladdr (\S+)", host.check_output("ip neighbour show %s", vip))
    holding = [other for other in balancers.values() if f" {vip}/" in other.check_output("ip -o -4 address show")]
    assert seen
    assert len(holding) == 1
    assert seen[1] in holding[0].check_output("ip -o link show")
