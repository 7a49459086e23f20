"""A Chromium for the browser tests: one that is there, else Playwright's own, else Debian's. Prints its path."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence

from playwright.sync_api import sync_playwright

from scripts.debian import install_package

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MISSING = (
    "browser: no Chromium that Playwright can drive was found, and none could be installed. "
    "Installing Chromium or Chrome (and libatomic1), or setting CROSSCUT_BROWSER to the path of one, would do."
)
DOWNLOAD_SECONDS = 240
START_SECONDS = 30


def find_browser() -> str | None:
    """The path of a Chromium that starts: CROSSCUT_BROWSER, else the first on PATH, else Playwright's; never installs.

    Raises ValueError where CROSSCUT_BROWSER names something that doesn't start, since another browser was asked for.
    """
    named = os.environ.get("CROSSCUT_BROWSER")
    if named:
        path = shutil.which(named)
        if path is None or not starts(path):
            raise ValueError(
                f"CROSSCUT_BROWSER: {named} doesn't start. The path of a Chromium, or unsetting it, would do."
            )
        return path
    if not driver_starts():
        return None
    paths = [path for name in NAMES if (path := shutil.which(name))]
    return next((path for path in paths if starts(path)), None) or find_own_download()


def driver_starts() -> bool:
    """Whether Playwright itself runs: it brings a Node.js that needs a library which small images of Debian lack."""
    return run([sys.executable, "-m", "playwright", "--version"], START_SECONDS)


def find_own_download() -> str | None:
    """The Chromium that Playwright keeps for itself, where it was downloaded and starts."""
    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if starts(path) else None


def get_browser() -> str | None:
    """The path of a Chromium, installed first where there is none; None where none can be had."""
    if not driver_starts() and not (install_package("libatomic1") and driver_starts()):
        return None
    return find_browser() or download_browser() or (find_browser() if install_package("chromium") else None)


def download_browser() -> str | None:
    """Playwright's own build. It may lack libraries of the system, and then doesn't start."""
    print("browser: none was found; asking Playwright for one, and then Debian", file=sys.stderr)
    run([sys.executable, "-m", "playwright", "install", "--no-shell", "chromium"], DOWNLOAD_SECONDS)
    return find_own_download()


def starts(path: str) -> bool:
    """Whether the program runs at all: Ubuntu's `chromium-browser` may be a note that points to a shop."""
    return run([path, "--version"], START_SECONDS)


def run(command: Sequence[str], seconds: float) -> bool:
    """Whether the command succeeded in time; what it prints is lost."""
    try:
        return subprocess.run(command, capture_output=True, timeout=seconds, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def main() -> int:
    """Exit 1 where CI is set and there is no browser; elsewhere the browser tests say by name that they are skipped."""
    try:
        path = get_browser()
    except ValueError as wrong:
        print(wrong, file=sys.stderr)
        return 1
    print(path or MISSING, file=sys.stdout if path else sys.stderr)
    return 0 if path or not os.environ.get("CI") else 1


if __name__ == "__main__":
    sys.exit(main())
