"""A source distribution arrives as the file that the index lists, and none of it is run."""

import hashlib
import io
import json
import tarfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from training import source_archives

TRAP = b"raise SystemExit('the package ran')\n"


def archive() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as contents:
        for name, text in (("my_pack-1.2/setup.py", TRAP), ("my_pack-1.2/code.c", b"int x;\n")):
            entry = tarfile.TarInfo(name)
            entry.size = len(text)
            contents.addfile(entry, io.BytesIO(text))
    return buffer.getvalue()


@pytest.fixture
def index():
    """Serve an index of one package; `hashes` may be changed by the test."""
    content = archive()
    entry = {
        "filename": "my_pack-1.2.tar.gz",
        "url": "../../files/my_pack-1.2.tar.gz",
        "hashes": {"sha256": hashlib.sha256(content).hexdigest()},
    }
    answers = {"/simple/my-pack/": entry, "/files/my_pack-1.2.tar.gz": content}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            found = answers[self.path]
            body = found if isinstance(found, bytes) else json.dumps({"files": [found]}).encode()
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/simple/", entry
    server.shutdown()
    thread.join()
    server.server_close()


def test_an_archive_is_unpacked_as_files_and_not_run(index, tmp_path):
    url, _ = index
    source_archives.unpack(source_archives.download(url, "My.Pack", "1.2", tmp_path), tmp_path)
    files = {file.relative_to(tmp_path).as_posix() for file in tmp_path.rglob("*") if file.is_file()}
    assert files == {"my_pack-1.2/setup.py", "my_pack-1.2/code.c"}
    assert (tmp_path / "my_pack-1.2" / "setup.py").read_bytes() == TRAP


def test_refuses_a_file_that_is_not_the_listed_one(index, tmp_path):
    url, entry = index
    entry["hashes"]["sha256"] = "0" * 64
    with pytest.raises(ValueError, match=r"my_pack-1\.2\.tar\.gz: expected sha256 0+, got"):
        source_archives.download(url, "my-pack", "1.2", tmp_path)
    assert not list(tmp_path.iterdir())


def test_names_the_version_that_the_index_lacks(index, tmp_path):
    url, _ = index
    with pytest.raises(ValueError, match=r"my-pack 1\.3: expected an archive my-pack-1\.3\.tar\.gz"):
        source_archives.download(url, "my-pack", "1.3", tmp_path)


def test_the_index_is_the_one_that_pip_is_set_to(monkeypatch):
    monkeypatch.setenv("PIP_INDEX_URL", "http://index.invalid/root/simple")
    assert source_archives.index_url() == "http://index.invalid/root/simple/"
