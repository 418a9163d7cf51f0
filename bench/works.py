"""The work of each scenario, written once for the playbook runners and once for pyinfra, with the check of its end state."""

import hashlib
import random
from collections.abc import Callable
from pathlib import Path

Check = Callable[[Path], bool]
Work = Callable[[Path], Check]
HEAD = "- hosts: all\n  gather_facts: false\n  tasks:\n"
IMPORTS = "from pyinfra import host\nfrom pyinfra.operations import files, python, server\n\nroot = host.data.get('root')\n"


def _write(folder: Path, play: str, deploy: str | None = None) -> None:
    (folder / "play.yml").write_text(play)
    if deploy is not None:
        (folder / "deploy.py").write_text(IMPORTS + deploy)


def nothing(folder: Path) -> Check:
    """Nothing at all."""
    return lambda root: True


def debug(folder: Path) -> Check:
    """One message."""
    _write(
        folder,
        HEAD + '    - debug: {msg: "hello from {{ inventory_hostname }}"}\n',
        'python.call(name="hello", function=lambda: print(f"hello from {host.name}"))\n',
    )
    return lambda root: True


def files(count: int) -> Work:
    """Directories with a mode, one a task."""

    def work(folder: Path) -> Check:
        tasks = [
            f'    - name: Directory {at}\n      file: {{path: "{{{{ root }}}}/d{at}", state: directory, mode: "0750"}}\n'
            for at in range(count)
        ]
        deploy = f'for at in range({count}):\n    files.directory(name=f"Directory {{at}}", path=f"{{root}}/d{{at}}", mode="750")\n'
        _write(folder, HEAD + "".join(tasks), deploy)
        return lambda root: all((root / f"d{at}").stat().st_mode & 0o777 == 0o750 for at in range(count))

    return work


def chain(count: int) -> Work:
    """Commands of which each uses what the one before it said."""

    def work(folder: Path) -> Check:
        tasks = ['    - command: echo 0\n      register: said\n']
        tasks += ['    - command: expr "{{ said.stdout | int }}" + 1\n      register: said\n'] * (count - 2)
        tasks.append('    - copy: {content: "{{ said.stdout }}", dest: "{{ root }}/sum"}\n')
        _write(folder, HEAD + "".join(tasks))
        return lambda root: (root / "sum").read_text() == str(count - 2)

    return work


def loop(count: int) -> Work:
    """One task with many items."""

    def work(folder: Path) -> Check:
        play = HEAD + '    - file: {path: "{{ root }}/i{{ item }}", state: directory, mode: "0750"}\n'
        play += f'      loop: "{{{{ range({count}) }}}}"\n'
        deploy = f'for at in range({count}):\n    files.directory(path=f"{{root}}/i{{at}}", mode="750")\n'
        _write(folder, play, deploy)
        return lambda root: all((root / f"i{at}").is_dir() for at in range(count))

    return work


def templates(count: int) -> Work:
    """Templates whose variables are made of other variables."""

    def work(folder: Path) -> Check:
        text = "# {{ title }}\n{% for each in backends %}\n"
        text += "server {{ each.name }} {{ each.address }}:{{ port }} weight {{ loop.index }}\n{% endfor %}\n"
        text += "owner {{ who }}\n"
        (folder / "service.j2").write_text(text)
        variables = (
            "- hosts: all\n  gather_facts: false\n  vars:\n    domain: example.org\n    team: ops\n"
            '    who: "{{ team }}@{{ domain }}"\n    base_port: 8000\n    port: "{{ base_port + number | default(1) | int }}"\n'
            '    title: "service {{ number }} of {{ who }}"\n    backends:\n'
            + "".join(f'      - {{name: "web{at}.{{{{ domain }}}}", address: "10.0.0.{at}"}}\n' for at in range(10))
            + "  tasks:\n"
        )
        tasks = [
            f'    - template: {{src: service.j2, dest: "{{{{ root }}}}/service{at}.conf", mode: "0644"}}\n      vars: {{number: {at}}}\n'
            for at in range(count)
        ]
        deploy = (
            'domain = "example.org"\nwho = f"ops@{domain}"\n'
            'backends = [{"name": f"web{at}.{domain}", "address": f"10.0.0.{at}"} for at in range(10)]\n'
            f"for at in range({count}):\n"
            '    files.template(src="service.j2", dest=f"{root}/service{at}.conf", mode="644", title=f"service {at} of {who}",\n'
            "        backends=backends, port=8000 + at, who=who)\n"
        )
        _write(folder, variables + "".join(tasks), deploy)
        return lambda root: all(
            f"web9.example.org 10.0.0.9:{8000 + at} " in (root / f"service{at}.conf").read_text() for at in range(count)
        )

    return work


def roles(count: int, each: int) -> Work:
    """Roles that include task files; every second task has a condition that is false, every fifth one that is true."""

    def work(folder: Path) -> Check:
        names = [f"part{at:02d}" for at in range(count)]
        for name in names:
            tasks = folder / "roles" / name / "tasks"
            tasks.mkdir(parents=True, exist_ok=True)
            (folder / "roles" / name / "defaults").mkdir(exist_ok=True)
            (folder / "roles" / name / "defaults" / "main.yml").write_text(f'wanted: true\nplace: "{{{{ root }}}}/{name}"\n')
            (tasks / "main.yml").write_text('- file: {path: "{{ place }}", state: directory}\n- include_tasks: more.yml\n  when: wanted\n')
            lines = []
            for at in range(each - 2):
                lines.append(f'- file: {{path: "{{{{ place }}}}/{at}", state: directory, mode: "0755"}}\n')
                if at % 2:
                    lines.append("  when: not wanted\n")
                elif at % 5 == 0:
                    lines.append("  when: wanted and root is defined\n")
            (tasks / "more.yml").write_text("".join(lines))
        _write(
            folder,
            "- hosts: all\n  gather_facts: false\n  roles: [" + ", ".join(names) + "]\n",
            f"for name in {names!r}:\n"
            '    files.directory(path=f"{root}/{name}")\n'
            f"    for at in range({each - 2}):\n"
            "        if not at % 2:\n"
            '            files.directory(path=f"{root}/{name}/{at}", mode="755")\n',
        )
        return lambda root: all(
            (root / name / str(at)).is_dir() == (not at % 2) for name in names for at in range(each - 2)
        )

    return work


def big_file(mebibytes: int) -> Work:
    """One large file that does not compress."""

    def work(folder: Path) -> Check:
        source = folder / "big.bin"
        if not source.exists():
            source.write_bytes(random.Random(1).randbytes(mebibytes << 20))
        _write(
            folder,
            HEAD + '    - copy: {src: big.bin, dest: "{{ root }}/big.bin", mode: "0644"}\n',
            'files.put(src="big.bin", dest=f"{root}/big.bin", mode="644")\n',
        )
        return _is_copied(source)

    return work


def edit_big_file(folder: Path) -> Check:
    """Put a kilobyte into the middle of the large file."""
    source = folder / "big.bin"
    content = source.read_bytes()
    source.write_bytes(content[: len(content) // 2] + random.Random(2).randbytes(1024) + content[len(content) // 2 :])
    return _is_copied(source)


def _is_copied(source: Path) -> Check:
    digest = hashlib.sha1(source.read_bytes()).hexdigest()
    return lambda root: hashlib.sha1((root / source.name).read_bytes()).hexdigest() == digest


def small_files(count: int) -> Work:
    """A folder of small files."""

    def work(folder: Path) -> Check:
        source = folder / "tree"
        for at in range(count):
            path = source / f"part{at % 20}" / f"file{at}.txt"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"file {at}\n" * 20)
        _write(
            folder,
            HEAD + '    - copy: {src: tree/, dest: "{{ root }}/tree/", mode: "0644", directory_mode: "0755"}\n',
            'files.sync(src="tree", dest=f"{root}/tree", mode="644", dir_mode="755")\n',
        )
        return lambda root: all(
            (root / "tree" / f"part{at % 20}" / f"file{at}.txt").read_text() == f"file {at}\n" * 20 for at in range(count)
        )

    return work


def facts(folder: Path) -> Check:
    """All facts, and one of them written down by the host."""
    _write(
        folder,
        '- hosts: all\n  gather_facts: true\n  tasks:\n    - copy: {content: "{{ ansible_facts.kernel }}", dest: "{{ root }}/kernel"}\n',
    )
    return lambda root: bool((root / "kernel").read_text())
