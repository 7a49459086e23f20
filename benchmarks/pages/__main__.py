"""A board in Chromium and under many sessions, beside the least that the platform can do: one change, 20, 50 people."""

import argparse
import asyncio
import os
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from shutil import copyfile

from playwright.sync_api import Page, sync_playwright
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import connect

from scripts.get_browser import MISSING, find_browser

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
CHARTS, ROUNDS, START_SECONDS, QUIET_MS = 8, 5, 60, 1_000
PERIODS = ["last-7-days", "last-28-days", "last-90-days", "last-12-months"]  # of a link
SHOWN = ["Last 7 days", "Last 28 days", "Last 12 months", "Last 90 days"]  # in the select box, the first one last
THINK_SECONDS, MEASURE_SECONDS = 2.0, 30.0

# When the last chart was drawn after the last click: both are noted in the page, so that no driver's time counts.
WATCH = """
window.clicked = window.drawn = 0;
window.addEventListener('click', () => { window.clicked = performance.now(); }, true);
new MutationObserver(found => {
  if (found.some(one => one.target.closest?.('[data-testid=stVegaLiteChart]'))) window.drawn = performance.now();
}).observe(document.body, {subtree: true, childList: true, attributes: true});
"""


@dataclass(frozen=True)
class Served:
    """A running server, and the address of its page of eight charts."""

    port: int
    process: int
    page: str

    @property
    def cpu(self) -> float:
        """The CPU seconds that it has used."""
        fields = Path(f"/proc/{self.process}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def serve(script: Path, page: str, **environment: str) -> Iterator[Served]:
    """Streamlit over a script, with the app's own settings."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [sys.executable, "-m", "streamlit", "run", str(script), f"--server.port={port}", "--server.headless=true"]
    command += ["--server.address=127.0.0.1", "--server.fileWatcherType=none"]
    told = subprocess.DEVNULL
    with subprocess.Popen(command, cwd=ROOT, env=os.environ | environment, stdout=told, stderr=told) as server:
        try:
            deadline = time.monotonic() + START_SECONDS
            while not _answers(port):
                if server.poll() is not None or time.monotonic() > deadline:
                    raise SystemExit(f"{script.name}: it didn't start. Running it by itself would show why.")
                time.sleep(0.2)
            yield Served(port, server.pid, page)
        finally:
            server.kill()


def _answers(port: int) -> bool:
    try:
        connection = HTTPConnection("127.0.0.1", port, timeout=5)
        connection.request("GET", "/_stcore/health")
        return connection.getresponse().status == 200
    except OSError:
        return False


@contextmanager
def serve_board() -> Iterator[Served]:
    """The app over the demo data, with a board of eight charts."""
    with tempfile.TemporaryDirectory() as folder:
        copyfile(ROOT / "metrics.yml", Path(folder, "metrics.yml"))
        copyfile(HERE / "boards.yml", Path(folder, "boards.yml"))
        chosen = {"CROSSCUT_CATALOGUE": f"{folder}/metrics.yml", "CROSSCUT_DATA": str(ROOT)}
        with serve(ROOT / "Home.py", "Boards?board=eight", **chosen) as served:
            yield served


# --- one person


def measure_changes(served: Served, label: str, options: list[str]) -> dict[str, list[float]]:
    """Milliseconds from a click on an option to the last chart's last stroke: `cold` at first, then `warm`."""
    path = find_browser()
    if path is None:
        raise SystemExit(MISSING)
    found: dict[str, list[float]] = {"cold": [], "warm": []}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1440, "height": 1600})
        page.goto(f"http://127.0.0.1:{served.port}/{served.page}")
        page.wait_for_function(f"document.querySelectorAll('[data-testid=stVegaLiteChart] svg').length >= {CHARTS}")
        page.wait_for_timeout(3 * QUIET_MS)
        page.evaluate(WATCH)
        for turn in range(ROUNDS):
            for option in options:
                found["warm" if turn else "cold"].append(_change(page, label, option))
        browser.close()
    return found


def _change(page: Page, label: str, option: str) -> float:
    page.get_by_role("combobox", name=label).first.click()
    page.get_by_role("option", name=option, exact=True).first.click()
    while page.evaluate("performance.now() - Math.max(window.clicked, window.drawn)") < QUIET_MS:
        page.wait_for_timeout(100)
    return float(page.evaluate("window.drawn - window.clicked"))


# --- many people


async def measure_sessions(served: Served, sessions: int) -> tuple[list[float], float]:
    """Seconds of each rerun of each session, and CPU seconds a rerun; a session opens a link, waits, opens another."""
    stop = time.monotonic() + MEASURE_SECONDS
    for _ in range(2):  # what is first ever is not what is measured
        await _visit(served, time.monotonic() + 3, 0.1)
    before = served.cpu
    visits = (_visit(served, stop, THINK_SECONDS) for _ in range(sessions))
    taken = [seconds for found in await asyncio.gather(*visits) for seconds in found]
    return taken, (served.cpu - before) / max(len(taken), 1)


async def _visit(served: Served, stop: float, think: float) -> list[float]:
    name, _, query = served.page.partition("?")
    taken: list[float] = []
    async with connect(f"ws://127.0.0.1:{served.port}/_stcore/stream", max_size=None) as socket_:
        while time.monotonic() < stop:
            asked = BackMsg()
            asked.rerun_script.page_name = name
            asked.rerun_script.query_string = f"{query}&period={random.choice(PERIODS)}".lstrip("&")
            start = time.perf_counter()
            await socket_.send(asked.SerializeToString())
            while True:
                told = ForwardMsg.FromString(await socket_.recv())
                if told.WhichOneof("type") == "script_finished":
                    break
            taken.append(time.perf_counter() - start)
            await asyncio.sleep(random.expovariate(1 / think))
    return taken


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pages", description=__doc__)
    parser.add_argument("--sessions", type=int, nargs="*", default=[20, 50])
    chosen = parser.parse_args()
    random.seed(7)
    with serve(HERE / "floor.py", "") as floor, serve_board() as board:
        print(f"{'ms from a click to the last chart, median':<52}{'floor':>8}{'board':>8}")
        floors = measure_changes(floor, "Period", SHOWN)
        changes = measure_changes(board, "Period", SHOWN)
        for kind in ("cold", "warm"):
            pair = [statistics.median(found[kind]) for found in (floors, changes)]
            print(f"{f'a filter of a board of eight charts, {kind}':<52}{pair[0]:>8.0f}{pair[1]:>8.0f}")
        for sessions in chosen.sessions:
            print(f"{f'{sessions} sessions':<28}{'p50 ms':>8}{'p95 ms':>8}{'CPU ms a rerun':>16}{'reruns':>8}")
            for name, served in (("floor", floor), ("board", board)):
                taken, cpu = asyncio.run(measure_sessions(served, sessions))
                cut = statistics.quantiles(taken, n=20)
                shown = f"{1000 * statistics.median(taken):>8.0f}{1000 * cut[-1]:>8.0f}{1000 * cpu:>16.1f}"
                print(f"{name:<28}{shown}{len(taken):>8}")


if __name__ == "__main__":
    main()
