"""A local file's digest is computed once, from whichever thread it is asked."""

import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from runner.execute import digests
from runner.execute.digests import Digests


def test_once_for_many_threads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "file"
    file.write_bytes(os.urandom(3 << 20))
    computed: list[str] = []
    real = digests._digest
    monkeypatch.setattr(digests, "_digest", lambda path, algorithm: computed.append(algorithm) or real(path, algorithm))
    found = Digests()
    with ThreadPoolExecutor(8) as threads:
        values = set(threads.map(lambda _: found.of(file), range(20)))
    assert values == {hashlib.sha1(file.read_bytes()).hexdigest()}
    assert found.of(file, "md5") == hashlib.md5(file.read_bytes()).hexdigest()
    assert computed == ["sha1", "md5"]


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"one")
    found = Digests()
    before = found.of(file)
    file.write_bytes(b"three")
    assert found.of(file) != before


def test_a_file_that_cannot_be_read_may_be_asked_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"one")
    found = Digests()
    with monkeypatch.context() as broken:
        broken.setattr(digests, "_digest", lambda *_: (_ for _ in ()).throw(PermissionError(13, "no")))
        with pytest.raises(PermissionError):
            found.of(file)
    assert found.of(file) == hashlib.sha1(b"one").hexdigest()
