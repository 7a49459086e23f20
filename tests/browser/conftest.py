"""The app in a real browser: a server per catalogue, a fresh page per test, and when a page has come to rest."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from tempfile import TemporaryFile
from typing import Protocol

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from scripts.get_browser import MISSING, find_browser

ROOT = Path(__file__).parents[2]
START_SECONDS = 60
PATIENCE_MS = 30_000  # a first page imports pandas and Altair, on a machine that may be busy
SETTLE_MS = 155  # a click needs up to this long to reach the server and mark the page as running
AT_REST = "[data-testid=stApp][data-test-connection-state=CONNECTED][data-test-script-state=notRunning]"
QUIET_FLAGS = (
    "--no-sandbox",  # which Chromium demands of root, and a container of any user
    "--disable-dev-shm-usage",  # a container's shared memory is too small for a page
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


class ServeApp(Protocol):
    """`serve_app(catalogue, data)` is the address of the app over them, as `http://127.0.0.1:port`."""

    def __call__(self, catalogue: Path | str | None = None, data: Path | str | None = None) -> str: ...


@pytest.fixture(scope="module")  # while it's open, no other file of this process could start Playwright
def browser() -> Iterator[Browser]:
    """One Chromium for all tests of a file; where there is none, a skip on a laptop and a failure on CI."""
    path = find_browser()
    if path is None:
        pytest.fail(MISSING, pytrace=False) if os.environ.get("CI") else pytest.skip(MISSING)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=QUIET_FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """An empty page with a browser store of its own; a script error of the page fails its test at the end."""
    context = browser.new_context(
        viewport={"width": 1280, "height": 900}, locale="en-GB", timezone_id="UTC", reduced_motion="reduce"
    )
    context.set_default_timeout(PATIENCE_MS)
    page, errors = context.new_page(), list[str]()
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    assert not errors


@pytest.fixture(scope="session")
def serve_app() -> Iterator[ServeApp]:
    """Starts the app over a catalogue and a folder of data, once for each pair, and stops all of them at the end."""
    with ExitStack() as stack:
        addresses: dict[tuple[str, str], str] = {}

        def serve(catalogue: Path | str | None = None, data: Path | str | None = None) -> str:
            asked = (str(catalogue or ""), str(data or ""))
            if asked not in addresses:
                addresses[asked] = stack.enter_context(run_app(*asked))
            return addresses[asked]

        yield serve


@contextmanager
def run_app(catalogue: str, data: str) -> Iterator[str]:
    """The app's address while it runs; relative paths are the repository's, empty ones the app's own defaults."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CROSSCUT_")}
    chosen = {"CROSSCUT_CATALOGUE": catalogue, "CROSSCUT_DATA": data}
    environment |= {name: value for name, value in chosen.items() if value}
    port = find_free_port()
    command = [sys.executable, "-m", "streamlit", "run", "Home.py", f"--server.port={port}"]
    command += ["--server.address=127.0.0.1", "--server.headless=true", "--server.fileWatcherType=none"]
    with (
        TemporaryFile("w+") as log,  # a pipe that nobody reads would fill up and stop the server
        subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT) as server,
    ):
        try:
            if not answers_in_time(server, port):
                log.seek(0)
                pytest.fail(f"the app did not start\n{log.read()}", pytrace=False)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.kill()


def find_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers_in_time(server: subprocess.Popen[bytes], port: int) -> bool:
    """Whether the server answers before it ends by itself, or the patience with it does."""
    deadline = time.monotonic() + START_SECONDS
    while server.poll() is None and time.monotonic() < deadline:
        try:
            connection = HTTPConnection("127.0.0.1", port, timeout=5)  # which asks no proxy, as urllib would
            connection.request("GET", "/_stcore/health")
            return connection.getresponse().status == 200
        except OSError:
            time.sleep(0.1)
    return False


def open_page(page: Page, address: str) -> None:
    """Loads an address of the app and waits until it rests."""
    page.goto(address)
    wait_idle(page)


def wait_idle(page: Page) -> None:
    """Waits until the page is connected and its script has ended.

    The mark of a running script comes only after a click has reached the server, hence the pause before it is read;
    a test still waits for the content that it expects.
    """
    page.wait_for_timeout(SETTLE_MS)
    page.wait_for_selector(AT_REST)
