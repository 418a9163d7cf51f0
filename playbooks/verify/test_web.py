"""The web back ends: each answers with its own name."""

testinfra_hosts = ["web"]


def test_nginx_runs_and_starts_with_the_host(host):
    assert host.service("nginx").is_running
    assert host.service("nginx").is_enabled


def test_the_configuration_is_valid(host):
    host.run_expect([0], "nginx -t -q")


def test_the_page_names_the_host(host, verified_name):
    assert f"served by {verified_name}<" in host.check_output("curl -sf http://127.0.0.1/")


def test_the_health_check_answers(host):
    assert host.check_output("curl -sf http://127.0.0.1/healthz") == "ok"
