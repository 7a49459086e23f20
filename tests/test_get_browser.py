"""Where the browser of the tests comes from: each source in turn, with small programs in the place of the real ones."""

import io
import os
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from scripts.get_browser import MISSING, driver_starts, find_browser

ROOT = Path(__file__).parents[1]
WORKS, BROKEN = "#!/bin/sh\nexit 0\n", "#!/bin/sh\nexit 1\n"


@pytest.fixture(scope="session")
def driver() -> None:
    """Playwright runs here; without it there is nothing to look for."""
    if not driver_starts():
        pytest.skip("Playwright doesn't start on this machine; Debian's libatomic1 would do")


@pytest.fixture
def programs(driver: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without any browser, and without a network: an empty PATH, an empty folder of Playwright's."""
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "env").symlink_to("/usr/bin/env")
    (programs / "sh").symlink_to("/bin/sh")
    monkeypatch.setenv("PATH", str(programs))
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path / "playwright"))
    monkeypatch.setenv("PLAYWRIGHT_DOWNLOAD_HOST", "http://127.0.0.1:9")
    monkeypatch.delenv("CROSSCUT_BROWSER", raising=False)
    monkeypatch.delenv("CI", raising=False)
    return programs


def write_program(path: Path, text: str) -> str:
    path.write_text(text)
    path.chmod(0o755)
    return str(path)


def get_browser() -> tuple[int, str, str]:
    """Exit code, path and last line of what `make` sees."""
    command = [sys.executable, "-m", "scripts.get_browser"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return ended.returncode, ended.stdout.strip(), ended.stderr.strip().rpartition("\n")[2]


def test_first_on_path_that_starts(programs: Path) -> None:
    """Ubuntu's chromium-browser may only say that there is a shop."""
    write_program(programs / "chromium-browser", BROKEN)
    chrome = write_program(programs / "google-chrome", WORKS)
    assert find_browser() == chrome


def test_named_browser_comes_first(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_program(programs / "chromium", WORKS)
    named = write_program(programs / "my-browser", WORKS)
    monkeypatch.setenv("CROSSCUT_BROWSER", named)
    assert find_browser() == named


def test_named_browser_that_does_not_start(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No other one is taken for it, on a laptop either."""
    write_program(programs / "chromium", WORKS)
    monkeypatch.setenv("CROSSCUT_BROWSER", "nowhere")
    sentence = "CROSSCUT_BROWSER: nowhere doesn't start. The path of a Chromium, or unsetting it, would do."
    assert get_browser() == (1, "", sentence)


@pytest.mark.parametrize(("ci", "code"), [("", 0), ("true", 1)])
def test_no_browser_anywhere(programs: Path, monkeypatch: pytest.MonkeyPatch, ci: str, code: int) -> None:
    """One sentence; only CI fails on it."""
    monkeypatch.setenv("CI", ci)
    assert get_browser() == (code, "", MISSING)


@pytest.fixture
def asked_of_apt(programs: Path, tmp_path: Path) -> Path:
    """The log of an apt-get whose every package is a `chromium`; sudo, for who isn't root, passes commands on."""
    log, chromium = tmp_path / "log", programs / "chromium"
    write_program(programs / "sudo", '#!/bin/sh\nshift\nexec "$@"\n')
    write_program(
        programs / "apt-get",
        f'#!/bin/sh\necho "$DEBIAN_FRONTEND $@" >> {log}\n'
        f'[ "$2" = update ] || {{ printf "#!/bin/sh\\n" > {chromium}; /bin/chmod +x {chromium}; }}\n',
    )
    return log


def test_debian_package(programs: Path, asked_of_apt: Path) -> None:
    """The lists are brought up to date once, then the package is asked for without a question."""
    assert get_browser()[:2] == (0, str(programs / "chromium"))
    asked = ["noninteractive -qq update", "noninteractive -qq install --yes --no-install-recommends chromium"]
    assert asked_of_apt.read_text().splitlines() == asked


def test_playwright_that_does_not_start(asked_of_apt: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Its missing library is asked for first; a browser that nothing can drive is none."""
    monkeypatch.setenv("PLAYWRIGHT_NODEJS_PATH", write_program(tmp_path / "node", BROKEN))
    assert get_browser() == (0, "", MISSING)
    assert asked_of_apt.read_text().splitlines()[1].endswith(" libatomic1")


def test_playwrights_download(programs: Path, store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is fetched once, into Playwright's own folder, and found there afterwards."""
    monkeypatch.setenv("PLAYWRIGHT_DOWNLOAD_HOST", store)
    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    assert find_browser() is None
    assert get_browser()[:2] == (0, path)
    assert find_browser() == path


@pytest.fixture
def store(programs: Path) -> Iterator[str]:
    """A server that answers every request with an archive that holds a program where Playwright keeps its Chromium."""
    with sync_playwright() as playwright:
        path = Path(playwright.chromium.executable_path)
    entry = zipfile.ZipInfo(path.relative_to(Path(os.environ["PLAYWRIGHT_BROWSERS_PATH"])).as_posix().partition("/")[2])
    entry.external_attr = 0o755 << 16
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(entry, WORKS)

    class Store(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(packed.getvalue())))
            self.end_headers()
            self.wfile.write(packed.getvalue())

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Store) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
