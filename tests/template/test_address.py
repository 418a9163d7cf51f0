"""Filters on network addresses, by the documentation of ansible.utils."""

from typing import Any

import pytest

from runner.errors import TemplateError
from tests.template.conftest import Run

ANSWERS: dict[str, Any] = {
    "'192.168.0.1' | ipaddr": "192.168.0.1",
    "'nonsense' | ipaddr": False,
    "'' | ipaddr": False,
    "['192.24.2.1', 'host.fqdn', '::1', '192.168.32.0/24', '', 42540766412265424405338506004571095040 ] | ansible.utils.ipaddr":
        ["192.24.2.1", "::1", "192.168.32.0/24", "2001:db8:32c:faad::"],
    "['192.24.2.1', 'x', '::1'] | ipv4": ["192.24.2.1"],
    "['192.24.2.1', 'x', '::1'] | ipv6": ["::1"],
    "'192.0.2.1/24' | ipaddr('address')": "192.0.2.1",
    "'192.168.32.0/24' | ipaddr('address')": "",
    "'192.0.2.1/24' | ipaddr('network')": "192.0.2.0",
    "'192.0.2.1/24' | ipaddr('netmask')": "255.255.255.0",
    "'192.0.2.1/24' | ipaddr('prefix')": 24,
    "'192.0.2.1/24' | ipaddr('broadcast')": "192.0.2.255",
    "'192.0.2.1/24' | ipaddr('subnet')": "192.0.2.0/24",
    "'192.0.2.1/24' | ipaddr('network/prefix')": "192.0.2.0/24",
    "'192.0.2.1/24' | ipaddr('host/prefix')": "192.0.2.1/24",
    "'192.0.2.1/24' | ipaddr('hostmask')": "0.0.0.255",
    "'192.168.0.0/24' | ipaddr('net')": "192.168.0.0/24",
    "'192.168.0.1/24' | ipaddr('net')": "",
    "'192.168.0.1/24' | ipaddr('host')": "192.168.0.1/24",
    "'192.168.0.0/24' | ipaddr('size')": 256,
    "'192.168.0.1' | ipaddr('revdns')": "1.0.168.192.in-addr.arpa.",
    "'192.168.0.1' | ipaddr('version')": 4,
    "'192.168.0.1' | ipaddr('int')": 3232235521,
    "'192.168.1.5' | ipaddr('192.168.1.0/24')": "192.168.1.5",
    "'192.168.2.5' | ipaddr('192.168.1.0/24')": "",
    "'192.168.0.0/24' | ipaddr(1)": "192.168.0.1/24",
    "'192.168.0.0/24' | ipaddr('-1')": "192.168.0.255/24",
    "'192.168.0.0/30' | ipaddr('9')": False,
    "'192.168.0.0/24' | ipaddr('1') | ipaddr('address')": "192.168.0.1",
    "'192.168.0.0/24' | ipaddr('first_usable')": "192.168.0.1",
    "'192.168.0.0/24' | ipaddr('last_usable')": "192.168.0.254",
    "'192.168.0.0/24' | ipaddr('range_usable')": "192.168.0.1-192.168.0.254",
    "'192.168.0.5/24' | ipaddr('next_usable')": "192.168.0.6",
    "'192.168.0.1/24' | ipaddr('previous_usable')": "",
    "'10.0.0.1' | ipaddr('private')": "10.0.0.1",
    "'8.8.8.8' | ipaddr('private')": "",
    "'8.8.8.8' | ipaddr('public')": "8.8.8.8",
    "'127.0.0.1' | ipaddr('loopback')": "127.0.0.1",
    "'224.0.0.1' | ipaddr('multicast')": "224.0.0.1",
    "'fe80::1' | ipaddr('link-local')": "fe80::1",
    "'::1' | ipwrap": "[::1]",
    "'fe80::1/64' | ipwrap": "[fe80::1]/64",
    "'host' | ipwrap": "host",
    "'192.0.2.1' | ipaddr('wrap')": "192.0.2.1",
    "'192.168.0.0/16' | ipsubnet(20)": "16",
    "'192.168.0.0/16' | ipsubnet(20, 0)": "192.168.0.0/20",
    "'192.168.0.0/16' | ipsubnet(20, -1)": "192.168.240.0/20",
    "'192.168.144.5' | ipsubnet(20)": "192.168.144.0/20",
    "'192.168.144.16/30' | ipsubnet('192.168.144.0/24')": "5",
    "'10.0.0.0/8' | nthhost(305)": "10.0.1.49",
    "'192.168.1.5' | ipmath(10)": "192.168.1.15",
    "'192.168.1.5/24' | ipmath(-6)": "192.168.0.255",
    "'192.168.122.1/24' | next_nth_usable(2)": "192.168.122.3",
    "'192.168.122.10/24' | previous_nth_usable(2)": "192.168.122.8",
    "'192.168.0.0/24' | network_in_network('192.168.0.7')": True,
    "'192.168.0.0/24' | network_in_usable('192.168.0.255')": False,
    "['192.168.0.34', '10.3.0.3'] | reduce_on_network('192.168.0.0/24')": ["192.168.0.34"],
    "['192.168.0.0/17', '192.168.128.0/17', '192.168.128.1'] | cidr_merge": ["192.168.0.0/16"],
    "['192.168.0.0/24', '192.168.3.1'] | cidr_merge('span')": "192.168.0.0/22",
    "'1a:2b:3c:4d:5e:6f' | hwaddr('cisco')": "1a2b.3c4d.5e6f",
    "'1a:2b:3c:4d:5e:6f' | hwaddr": "1a:2b:3c:4d:5e:6f",
    "'xx' | hwaddr": "",
    "'2001:db8::/64' | slaac('1a:2b:3c:4d:5e:6f')": "2001:db8::182b:3cff:fe4d:5e6f",
}  # fmt: skip


@pytest.mark.parametrize("expression", ANSWERS)
def test_answer(run: Run, expression: str) -> None:
    made = run.render("{{ " + expression + " }}")
    assert (made, type(made)) == (ANSWERS[expression], type(ANSWERS[expression]))


def test_mistakes(run: Run) -> None:
    with pytest.raises(TemplateError, match="ipaddr: unknown filter type: foo"):
        run.render("{{ '10.0.0.1' | ipaddr('foo') }}")
    for expression, message in (
        ("'192.168.1.1' | ipaddr('first_usable')", "Not a network address"),
        ("'192.168.1.0/24' | ipaddr('peer')", "Not a point-to-point network"),
        ("'192.168.1.5/24' | ipsubnet(20)", "Requested subnet size of 20 is invalid"),
        ("'2001:db8::1' | ipsubnet('192.168.0.0/16')", "is not in the subnet"),
        ("'zz' | hwaddr('linux')", "not a hardware address"),
    ):
        with pytest.raises(TemplateError, match=message):
            run.render(f"{{{{ {expression} }}}}")


# What the collections give in the reference (ansible 11.13.0).
SAME = {
    "'foo' | nthhost(1)": False,
    "'192.168.1.5/24' | ipsubnet": "192.168.1.0/24",
    "'192.168.1.5/24' | ipsubnet(26)": "4",
    "'192.168.1.5/24' | ipsubnet(26, 1)": "192.168.1.64/26",
    "'172.16.5.4/32' | ipsubnet(26)": "172.16.5.0/26",
    "'fe80::100/10' | ipsubnet(26, 1)": "fe80:40::/26",
    "'2001:db8:32c:faad::/64' | ipaddr('address')": "2001:db8:32c:faad::",
    "'172.16.5.4/31' | ipaddr('host/prefix')": "172.16.5.4/31",
    "'192.168.1.5/24' | ipaddr('gateway')": "192.168.1.5/24",
    "'192.168.1.1' | ipaddr('ipv6')": "::ffff:192.168.1.1/128",
    "'2001:db8::1' | ipaddr('ipv4')": False,
    "'192.168.1.1' | ipaddr('6to4')": "2002:c0a8:0101::1/48",
    "'192.168.1.1' | ipaddr(1)": "192.168.1.1",
    "'192.168.1.0/255.255.255.0' | ipaddr": "192.168.1.0/24",
    "'127.0.0.1' | ipaddr('private')": "127.0.0.1",
    "'192.168.1.0/24' | network_in_usable('foo')": False,
    "'1a:2b:3c:4d:5e:6f' | hwaddr('win')": "1A-2B-3C-4D-5E-6F",
    "'1a:2b:3c:4d:5e:6f' | hwaddr('postgresql')": "1a2b3c:4d5e6f",
    "{'a': 1, 'b': {'a': 2, 'c': 3}} | ansible.utils.keep_keys(target=['a'])": {"a": 1, "b": {"a": 2}},
    "{'a': 1, 'web_c': 3} | ansible.utils.remove_keys(target=['web'], matching_parameter='starts_with')": {"a": 1},
    "[{'k0': 'a', 'k1': 1}] | community.general.keep_keys(target=['k0'])": [{"k0": "a"}],
    "[{'k0': 'a', 'k1': 1}] | community.general.remove_keys(target=['0$'], matching_parameter='regex')": [{"k0": "a", "k1": 1}],
    "'10.1.1.1' is ansible.utils.in_network '10.0.0.0/8'": True,
    "'10.1.1.1' is ansible.utils.in_one_network ['10.0.0.0/8', '10.1.0.0/16']": False,
    "'10.1.1.1' is ansible.utils.in_any_network ['10.0.0.0/8', '10.1.0.0/16']": True,
    "'10.0.0.0/8' is ansible.utils.supernet_of '10.1.0.0/16'": True,
    "'192.168.1.5/24' is ansible.utils.ip": False,
    "'10.0.0.0/8' is ansible.utils.ipv4": True,
    "'10.0.0.0/8' is ansible.utils.ipv4_address": False,
    "'255.255.255.0' is ansible.utils.ipv4_netmask": True,
    "'0.0.0.255' is ansible.utils.ipv4_hostmask": True,
    "'::ffff:192.168.1.1' is ansible.utils.ipv6_ipv4_mapped": True,
    "'1a2b.3c4d.5e6f' is ansible.utils.mac": True,
    "'10.0.0.0/8' is ansible.utils.private": False,
    "'8.8.8.8' is ansible.utils.public": True,
}


@pytest.mark.parametrize("expression", SAME)
def test_same_as_the_reference(run: Run, expression: str) -> None:
    found = run.render(f"{{{{ {expression} }}}}")
    assert (found, type(found)) == (SAME[expression], type(SAME[expression]))


def test_filters_of_community_general(run: Run) -> None:
    data = {"hosts": [{"name": "a", "ip": 1}, {"name": "b", "ip": 2}]}
    assert run.render("{{ hosts | json_query('[?ip==`2`].name') }}", data) == ["b"]
    assert run.render("{{ hosts | community.general.json_query('[].ip') | sum }}", data) == 3
    assert run.render("{{ [['a', 1]] | community.general.dict }}") == {"a": 1}
    assert run.render("{{ ['1.10', '1.9', '1.9a'] | community.general.version_sort }}") == ["1.9", "1.9a", "1.10"]
    with pytest.raises(TemplateError, match="JMESPathError"):
        run.render("{{ hosts | json_query('[') }}", data)
