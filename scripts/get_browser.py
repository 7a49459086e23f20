"""A Chromium for the browser tests: one that is there, else Playwright's own, else Debian's. Prints its path."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence

from playwright.sync_api import sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MISSING = (
    "browser: no Chromium was found, and neither Playwright nor apt-get could install one. "
    "Installing Chromium or Chrome, or setting CROSSCUT_BROWSER to the path of one, would do."
)
NETWORK_SECONDS = 240
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
    paths = [path for name in NAMES if (path := shutil.which(name))]
    return next((path for path in paths if starts(path)), None) or find_own_download()


def find_own_download() -> str | None:
    """The Chromium that Playwright keeps for itself, where it was downloaded and starts."""
    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if starts(path) else None


def get_browser() -> str | None:
    """The path of a Chromium, installed first where there is none; None where none can be had."""
    return find_browser() or download_browser() or install_debian_browser()


def download_browser() -> str | None:
    """Playwright's own build. It may lack libraries of the system, and then doesn't start."""
    run([sys.executable, "-m", "playwright", "install", "--no-shell", "chromium"])
    return find_own_download()


def install_debian_browser() -> str | None:
    """Debian's package, as root or where sudo asks for no password."""
    if shutil.which("apt-get") is None:
        return None
    rights = [] if os.geteuid() == 0 else ["sudo", "-n"]
    apt = [*rights, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq"]
    if not run([*apt, "update"]) or not run([*apt, "install", "--yes", "--no-install-recommends", "chromium"]):
        return None
    return find_browser()


def starts(path: str) -> bool:
    """Whether the program runs at all: Ubuntu's `chromium-browser` may be a note that points to a shop."""
    return run([path, "--version"], START_SECONDS, quiet=True)


def run(command: Sequence[str], seconds: float = NETWORK_SECONDS, *, quiet: bool = False) -> bool:
    """Whether the command succeeded. What it prints goes to stderr, since stdout is the path's."""
    output = subprocess.DEVNULL if quiet else sys.stderr
    try:
        return subprocess.run(command, stdout=output, stderr=output, timeout=seconds, check=False).returncode == 0
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
