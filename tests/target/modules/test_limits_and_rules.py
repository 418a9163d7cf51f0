"""iptables, locale_gen, alternatives, pam_limits, capabilities: recorded from Debian 12; locale_gen after its manual."""

from runner.target.modules import alternatives, capabilities, iptables, locale_gen, pam_limits
from tests.target.fake_system import FakeSystem

RULES = "-P INPUT ACCEPT\n-P FORWARD DROP\n-N MINE\n-A INPUT -p tcp -j ACCEPT\n"
WEB = "-p tcp -j ACCEPT --destination-port 80 -m conntrack --ctstate NEW -m comment --comment 'web it'"


def rules(**commands):
    return {"iptables -t filter -S": RULES, f"iptables -t filter -C INPUT {WEB}": 1} | commands


WEB_ARGS = {
    "chain": "INPUT",
    "protocol": "tcp",
    "destination_port": "80",
    "jump": "ACCEPT",
    "ctstate": ["NEW"],
    "comment": "web it",
}


def test_iptables_rule():
    system = FakeSystem(commands=rules() | {f"iptables -t filter -A INPUT {WEB}": 0})
    assert system.perform(iptables, **WEB_ARGS)["changed"]
    there = FakeSystem(commands=rules() | {f"iptables -t filter -C INPUT {WEB}": 0, f"iptables -t filter -D INPUT {WEB}": 0})
    assert not there.perform(iptables, **WEB_ARGS)["changed"]
    assert there.again().perform(iptables, state="absent", **WEB_ARGS)["changed"]
    checked = FakeSystem(commands=rules(), check=True)
    assert checked.perform(iptables, action="insert", rule_num="2", **WEB_ARGS)["changed"]


def test_iptables_chains_policies_flush():
    def do(words, **args):
        commands = rules() | ({f"iptables -t filter {words}": 0} if words else {})
        return FakeSystem(commands=commands).perform(iptables, **args)["changed"]

    assert do("-N NEW", chain="NEW", chain_management=True)
    assert not do("", chain="MINE", chain_management=True)
    assert do("-X MINE", chain="MINE", chain_management=True, state="absent")
    assert do("-P INPUT DROP", chain="INPUT", policy="DROP")
    assert not do("", chain="FORWARD", policy="DROP")
    assert do("-F INPUT", chain="INPUT", flush=True)
    assert not do("", chain="FORWARD", flush=True)


def test_iptables_words_and_errors():
    args = dict.fromkeys(iptables.ARGUMENTS["properties"]) | {
        "match": ["tcp"],
        "destination_ports": ["80", "443"],
        "ctstate": [],
        "syn": "negate",
    }
    args |= {"source": "!10.0.0.0/8", "tcp_flags": {"flags": ["SYN", "ACK"], "flags_set": ["SYN"]}, "ip_version": "ipv4"}
    assert " ".join(iptables.rule(args)) == ("! -s 10.0.0.0/8 -m tcp --tcp-flags SYN,ACK SYN -m multiport --dports 80,443 ! --syn")
    assert FakeSystem(commands=rules()).perform(iptables)["msg"] == "Either chain or flush parameter must be specified."
    failing = FakeSystem(commands=rules() | {f"iptables -t filter -A INPUT {WEB}": (4, "", "iptables: Resource busy.\n")})
    assert failing.perform(iptables, **WEB_ARGS)["msg"] == "iptables: Resource busy."


def locales(**options):
    files = {
        "/etc/locale.gen": "# comment\n# de_DE.UTF-8 UTF-8\nen_US.UTF-8 UTF-8\n",
        "/usr/share/i18n/SUPPORTED": "fr_FR ISO-8859-1\n",
    }
    return FakeSystem(files, {"locale -a": "C\nC.utf8\nen_US.utf8\n", "locale-gen": 0}, **options)


def test_locale_gen():
    system = locales()
    assert system.perform(locale_gen, name=["de_DE.UTF-8", "fr_FR"])["changed"]
    assert system.text("/etc/locale.gen") == "# comment\nde_DE.UTF-8 UTF-8\nen_US.UTF-8 UTF-8\nfr_FR ISO-8859-1\n"
    assert not locales().perform(locale_gen, name=["en_US.UTF-8"])["changed"]
    assert locales(check=True).perform(locale_gen, name=["en_US.UTF-8"], state="absent")["changed"]
    assert "xx_XX" in locales().perform(locale_gen, name=["xx_XX"])["msg"]
    assert "Is the package locales installed?" in FakeSystem().perform(locale_gen, name=["x"])["msg"]


QUERY = """Name: awk
Link: /usr/bin/awk
Status: auto
Best: /usr/bin/mawk
Value: /usr/bin/mawk

Alternative: /usr/bin/mawk
Priority: 5

Alternative: /usr/bin/gawk
Priority: 10
"""


def test_alternatives():
    def host(**options):
        commands = {
            "update-alternatives --query awk": QUERY,
            "update-alternatives --query new": (2, "", "update-alternatives: error: no alternatives for new\n"),
            "update-alternatives --set awk /usr/bin/gawk": 0,
            "update-alternatives --install /usr/bin/new new /usr/bin/mawk 50": 0,
            "update-alternatives --set new /usr/bin/mawk": 0,
            "update-alternatives --remove awk /usr/bin/gawk": 0,
        }
        return FakeSystem({"/usr/bin/mawk": "", "/usr/bin/gawk": ""}, commands, **options)

    assert host().perform(alternatives, name="awk", path="/usr/bin/gawk")["changed"]
    assert not host().perform(alternatives, name="awk", path="/usr/bin/mawk")["changed"]
    system = host()
    assert system.perform(alternatives, name="new", path="/usr/bin/mawk", link="/usr/bin/new")["changed"]
    assert len(system.ran) == 3
    assert host().perform(alternatives, name="awk", path="/usr/bin/gawk", state="absent")["changed"]
    assert host(check=True).perform(alternatives, name="awk", path="/usr/bin/gawk")["changed"]
    assert "missing the link" in host().perform(alternatives, name="new", path="/usr/bin/mawk")["msg"]
    assert "does not exist" in host().perform(alternatives, name="awk", path="/usr/bin/none")["msg"]


def test_pam_limits():
    text = "# limits\nwww\t-\tnofile\t1024\n"
    args = {"domain": "www", "limit_type": "-", "limit_item": "nofile", "dest": "/l"}
    system = FakeSystem({"/l": text})
    assert system.perform(pam_limits, value="2048", **args)["changed"]
    assert system.text("/l") == "# limits\nwww\t-\tnofile\t2048\n"
    assert not system.again().perform(pam_limits, value="2048", **args)["changed"]
    assert not system.again().perform(pam_limits, value="10", use_max=True, **args)["changed"]
    assert system.again(check=True).perform(pam_limits, value="10", **args)["changed"]
    assert "Argument 'value'" in system.again().perform(pam_limits, value="many", **args)["msg"]


def test_capabilities():
    def host(said, **options):
        return FakeSystem({"/b": ""}, {"getcap /b": said, "setcap cap_net_raw=ep /b": 0, "setcap -r /b": 0}, **options)

    assert host("").perform(capabilities, path="/b", capability="cap_net_raw+pe")["changed"]
    assert not host("/b cap_net_raw=ep\n").perform(capabilities, path="/b", capability="cap_net_raw+ep")["changed"]
    assert host("/b = cap_net_raw+ep\n").perform(capabilities, path="/b", capability="cap_net_raw+ep", state="absent")["changed"]
    assert host("", check=True).perform(capabilities, path="/b", capability="cap_net_raw+ep")["changed"]
    assert "Couldn't find operator" in host("").perform(capabilities, path="/b", capability="cap_net_raw")["msg"]
    assert "no such file" in host("").perform(capabilities, path="/c", capability="cap_net_raw+ep")["msg"]
