"""Names that are most likely misspelt connection variables, and names that are not."""

from pathlib import Path

import pytest

from runner.execute.magic import _TABLE
from runner.variables.misspelt import meant, words


@pytest.mark.parametrize(
    ("name", "right"),
    [
        ("ansible_conection", "ansible_connection"),
        ("ansible_prot", "ansible_port"),
        ("ansible_usre", "ansible_user"),
        ("ansible_pyhton_interpreter", "ansible_python_interpreter"),
        ("ansible_passwd", "ansible_password"),
        ("ansible_become_methode", "ansible_become_method"),
        ("ansible_ssh_private_keyfile", "ansible_ssh_private_key_file"),
        ("ansible_ssh_comon_arg", "ansible_ssh_common_args"),
    ],
)
def test_a_letter_or_two(name: str, right: str) -> None:
    assert meant(name) == right


@pytest.mark.parametrize(
    "name",
    "ansible_host ansible_hostname ansible_sudo_pass ansible_su_pass ansible_ksu_user ansible_dzdo_user ansible_perl_interpreter "
    "ansible_ssh_key ansible_node ansible_libssh_user ansible_scp_extra_args ansible_oc_extra_args conection ansible_".split(),
)
def test_a_name_of_its_own(name: str) -> None:
    assert meant(name) is None


def test_no_magic_variable_and_no_fact_is_taken_for_another() -> None:
    facts = {f"ansible_{path.stem}" for path in Path("runner/target/facts").glob("*.py")}
    more = "fqdn hostname machine kernel os_family pkg_mgr service_mgr user_id user_dir user_shell nodename processor uptime_seconds"
    names = {*_TABLE, *facts, *(f"ansible_{each}" for each in more.split()), *words()}
    assert [name for name in names if meant(name)] == []
