"""Installs a package of Debian or Ubuntu where that asks no password. Python alone, since nothing is there yet."""

import os
import shutil
import subprocess
import sys

SECONDS = 300


def install_package(name: str) -> bool:
    """Whether the package is installed now; False where there is no apt-get, no right to use it, or no such package.

    Works as root, or with a sudo that asks nothing. What apt-get prints goes to stderr.
    """
    if shutil.which("apt-get") is None:
        return False
    rights = [] if os.geteuid() == 0 else ["sudo", "-n"]
    apt = [*rights, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq"]
    steps = [[*apt, "update"], [*apt, "install", "--yes", "--no-install-recommends", name]]
    try:
        return all(
            subprocess.run(step, stdout=sys.stderr, timeout=SECONDS, check=False).returncode == 0 for step in steps
        )
    except (OSError, subprocess.TimeoutExpired):
        return False


if __name__ == "__main__":
    sys.exit(not install_package(sys.argv[1]))
