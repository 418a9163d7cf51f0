"""Lookups that need files, commands or a server."""

import stat
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from runner.errors import TemplateError, UndefinedVariable
from runner.model.text import trust
from tests.template.conftest import PLACE, Run, View


def look(run: Run, project: Path, source: str, **data: Any) -> Any:
    return run.render(source, View({"playbook_dir": str(project)}, trust(data, PLACE)))


def test_files_are_found_along_the_search_path(run: Run, project: Path) -> None:
    role = project / "roles" / "r"
    (role / "files").mkdir(parents=True)
    (role / "files" / "a").write_text("role\n")
    (project / "files" / "a").write_text("play")
    (project / "b").write_text("beside")
    assert look(run, project, "{{ lookup('file', 'a') }} {{ lookup('file', 'b') }}") == "play beside"
    assert look(run, project, "{{ lookup('file', 'a') }}", ansible_search_path=[str(role), str(project)]) == "role"
    with pytest.raises(TemplateError, match=r"file not found; looked at .*/files/nope"):
        look(run, project, "{{ lookup('file', 'nope') }}")


def test_a_file_is_read_through_the_hook(project: Path) -> None:
    (project / "files" / "v").write_text("sealed")
    run = Run()
    object.__setattr__(run.templar, "hooks", type(run.hooks)(read_file=lambda path: b"plain of " + path.name.encode()))
    assert look(run, project, "{{ lookup('file', 'v') }}{{ lookup('unvault', 'v') }}") == "plain of vplain of v"


def test_first_found(run: Run, project: Path) -> None:
    (project / "files" / "b.conf").write_text("")
    (project / "vars").mkdir()
    (project / "vars" / "c.yml").write_text("")
    found = str(project / "files" / "b.conf")
    assert look(run, project, "{{ lookup('first_found', ['a.conf', 'b.conf']) }}") == found
    assert look(run, project, "{{ lookup('first_found', [gone, 'b.conf']) }}") == found
    assert look(run, project, "{{ query('first_found', {'files': 'x,b.conf', 'paths': ['nope', 'files']}) }}") == [found]
    assert look(run, project, "{{ query('first_found', ['x'], skip=True) }}") == []
    with pytest.raises(TemplateError, match="No file was found when using first_found"):
        look(run, project, "{{ lookup('first_found', ['x']) }}")
    view = View({"playbook_dir": str(project)})
    assert run.templar.lookup("first_found", ["c.yml"], view, kind="vars") == [str(project / "vars" / "c.yml")]


def test_fileglob(run: Run, project: Path) -> None:
    for name in ("b.x", "a.x", "c.y"):
        (project / "files" / name).write_text("")
    (project / "files" / "d.x").mkdir()
    wanted = [str(project / "files" / name) for name in ("a.x", "b.x")]
    assert look(run, project, "{{ query('fileglob', '*.x') }}") == wanted
    assert look(run, project, "{{ query('fileglob', 'files/*.x') }}") == wanted
    assert look(run, project, "{{ query('fileglob', '*.none') }}") == []


def test_commands(run: Run, project: Path) -> None:
    assert look(run, project, "{{ lookup('pipe', 'pwd; echo $((1 + 1))') }}") == f"{project}\n2"
    assert look(run, project, "{{ query('lines', 'printf \"a\\nb\\n\"') }}") == ["a", "b"]
    with pytest.raises(TemplateError, match=r"lookup_plugin.pipe\(exit 3\) returned 3"):
        look(run, project, "{{ lookup('pipe', 'exit 3') }}")
    assert look(run, project, "{{ lookup('pipe', 'exit 3', errors='ignore') }}|{{ query('pipe', 'exit 3', errors='warn') }}") == "|[]"
    assert len(run.warnings) == 1


def test_password(run: Run, project: Path) -> None:
    made = look(run, project, "{{ lookup('password', 'keys/pw length=12 chars=digits') }}")
    file = project / "keys" / "pw"
    assert made.isdigit()
    assert len(made) == 12
    assert file.read_text() == made + "\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert look(run, project, "{{ lookup('password', 'keys/pw') }}") == made
    first = look(run, project, "{{ lookup('password', 'keys/pw', encrypt='md5') }}")
    assert first.startswith("$1$")
    assert first == look(run, project, "{{ lookup('password', 'keys/pw', encrypt='md5') }}")
    assert " salt=" in file.read_text()
    assert [each.name for each in file.parent.iterdir()] == ["pw"]
    assert look(run, project, "{{ lookup('password', '/dev/null seed=x') == lookup('password', '/dev/null seed=x') }}") is True
    assert look(run, project, "{{ lookup('password', '/dev/null') != lookup('password', '/dev/null') }}") is True


def test_templates(run: Run, project: Path) -> None:
    (project / "templates" / "t.j2").write_text("{% include 'part.j2' %}{{ five }}{{ z | default('-') }}\n")
    (project / "templates" / "part.j2").write_text("p{{ five }}")
    assert look(run, project, "{{ lookup('template', 't.j2') }}", five=5) == "p55-\n"
    assert look(run, project, "{{ lookup('template', 't.j2', template_vars={'z': 'zz'}) }}", five=5) == "p55zz\n"
    with pytest.raises(UndefinedVariable) as caught:
        look(run, project, "{{ lookup('template', 't.j2') }}")
    assert caught.value.position is not None
    assert caught.value.position.file.endswith("part.j2")
    assert caught.value.trail[0] == PLACE
    assert caught.value.trail[1].file.endswith("t.j2")


def test_variables_hosts_and_settings(run: Run, project: Path) -> None:
    data = {"v_a": 1, "v_b": "{{ v_a + 1 }}"}
    assert look(run, project, "{{ lookup('vars', 'v_b') }}{{ lookup('vars', 'none', default='d') }}", **data) == "2d"
    assert look(run, project, "{{ query('varnames', '^v_') }}", **data) == ["v_a", "v_b"]
    assert look(run, project, "{{ query('inventory_hostnames', 'web') }}") == ["w1", "w2"]
    assert look(run, project, "{{ query('inventory_hostnames', 'web', 'all:!w1') }}") == ["w2", "d1"]
    assert look(run, project, "{{ lookup('config', 'DEFAULT_FORKS') }}") == 5
    options = "plugin_type='connection', plugin_name='ssh'"
    asked = f"{{{{ query('config', 'remote_user', 'port', {options}, show_origin=true) }}}}"
    said = {"ansible_ssh_user": "lola", "ansible_port": 2022}
    assert look(run, project, asked, **said) == [["lola", "var: ansible_ssh_user"], [2022, "var: ansible_port"]]
    with pytest.raises(TemplateError, match="valid values are"):
        look(run, project, "{{ lookup('config', 'NOPE', on_missing='boo') }}")
    with pytest.raises(TemplateError, match="Invalid setting identifier"):
        look(run, project, "{{ lookup('config', 1337) }}")
    with pytest.raises(UndefinedVariable, match=r"No variable found with this name: v_c; perhaps you mean v_[ab]"):
        look(run, project, "{{ lookup('vars', 'v_c') }}", **data)
    with pytest.raises(TemplateError, match="Unable to find setting NOPE"):
        look(run, project, "{{ lookup('config', 'NOPE') }}")


def test_an_unknown_option_warns(run: Run, project: Path) -> None:
    assert look(run, project, "{{ lookup('env', 'NO_SUCH_VARIABLE', defualt='x') }}|") == "|"
    assert run.warnings == ["the lookup 'env' has no option 'defualt'; perhaps you mean default"]


def test_terms_written_as_templates_are_rendered_but_data_is_not(run: Run, project: Path) -> None:
    assert look(run, project, "{{ lookup('items', '{{ five }}') }}", five=5) == 5
    view = View({"out": "{{ 1 + 1 }}"})
    assert run.render("{{ lookup('items', out) }}", view) == "{{ 1 + 1 }}"
    assert run.templar.lookup("items", trust(["{{ 1 + 1 }}"], PLACE), view) == [2]


class Answers(BaseHTTPRequestHandler):
    """Answers every request with two lines."""

    def do_GET(self) -> None:
        self.send_response(404 if self.path == "/none" else 200)
        self.end_headers()
        self.wfile.write(f"{self.path}\n{self.headers.get('X-Word', '-')}\n".encode())

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Answers) as made:
        thread = threading.Thread(target=made.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{made.server_port}"
        made.shutdown()
        thread.join()


def test_url(run: Run, project: Path, server: str) -> None:
    assert look(run, project, "{{ query('url', s ~ '/a', headers={'X-Word': 'w'}) }}", s=server) == ["/a", "w"]
    assert look(run, project, "{{ lookup('url', s ~ '/a', split_lines=False) }}", s=server) == "/a\n-\n"
    with pytest.raises(TemplateError, match=r"Received HTTP error for http://127.*404"):
        look(run, project, "{{ lookup('url', s ~ '/none') }}", s=server)
    with pytest.raises(TemplateError, match="Failed lookup url for gopher:"):
        look(run, project, "{{ lookup('url', 'gopher://x') }}")


def test_terms_of_loops(run: Run, project: Path) -> None:
    (project / "files" / "b.conf").write_text("")
    view = View({"playbook_dir": str(project)})
    terms = trust([{"files": ["{{ gone }}-x", "b.conf"]}], PLACE)
    assert run.templar.lookup("first_found", terms, view) == [str(project / "files" / "b.conf")]
    with pytest.raises(TemplateError, match="with_indexed_items expects a list"):
        run.templar.lookup("indexed_items", {"a": 1}, view)
    assert run.templar.lookup("dict", [{"a": 1}], view) == [{"key": "a", "value": 1}]
