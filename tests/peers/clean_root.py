"""A fresh Debian system that has nothing but what the package depends on, in a folder, with namespaces of its own.

`./dev` makes the system once, in `.dev/clean-root`. Each test gets a layer above it, which is thrown away. All that runs
in it ends with it.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from .process import PATIENCE, ROOT, wait_until

SYSTEM = ROOT / ".dev/clean-root/system"
AS_ROOT = [] if os.geteuid() == 0 else ["sudo", "-n"]

# The layer may be on a file system that can't hold one, as in a container.
PREPARE = r"""
set -e
mkdir -p "$2/root"
layer() { mkdir -p "$1/upper" "$1/work"; mount -t overlay overlay -o "lowerdir=$3,upperdir=$1/upper,workdir=$1/work" "$2"; }
layer "$2" "$2/root" "$1" 2>/dev/null || { mkdir "$2/memory"; mount -t tmpfs tmpfs "$2/memory"; layer "$2/memory" "$2/root" "$1"; }
mount -t proc proc "$2/root/proc"
mount --rbind /dev "$2/root/dev"
mount --rbind /sys "$2/root/sys"
mount --rbind /tmp "$2/root/tmp"
echo ready
exec sleep infinity
"""


@dataclass(frozen=True)
class CleanRoot:
    """A running system. The person in it has the user ID of the tests."""

    inside: list[str]
    """What goes before a command that root runs in it."""

    def run(self, *argv: str, code: int | None = 0) -> subprocess.CompletedProcess:
        """Run a command as root."""
        return checked([*self.inside, "/usr/bin/env", "-i", *ROOT_ENV, *argv], code)

    def as_ann(self, *argv: str, env: Mapping[str, str] | None = None, code: int | None = 0) -> subprocess.CompletedProcess:
        """Run a command as the person."""
        return checked(self.command_of_ann(*argv, env=env), code)

    def command_of_ann(self, *argv: str, env: Mapping[str, str] | None = None) -> list[str]:
        """The command line that runs a command as the person."""
        person = [f"--reuid={os.getuid()}", f"--regid={os.getgid()}", "--clear-groups"]
        variables = ANN_ENV | dict(env or {})
        return [*self.inside, "/usr/bin/setpriv", *person, "/usr/bin/env", "-i", *(f"{n}={v}" for n, v in variables.items()), *argv]

    def files(self) -> set[str]:
        """Every file and folder of the system itself."""
        listed = self.run("find", "/", "-xdev", "-not", "-path", "/proc*")
        mine = ("/home/ann", "/var/log/", "/var/cache/", "/var/lib/dpkg/", "/dev/", "/tmp/")
        return {path for path in listed.stdout.splitlines() if not path.startswith(mine)}


HOME = "/home/ann"
ROOT_ENV = ["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8", "DEBIAN_FRONTEND=noninteractive", "HOME=/root"]
ANN_ENV = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": HOME, "USER": "ann"}


def checked(command: list[str], code: int | None) -> subprocess.CompletedProcess:
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=PATIENCE)
    assert code is None or done.returncode == code, f"{command[-6:]}\n{done.stdout}\n{done.stderr}"
    return done


@contextlib.contextmanager
def clean_root(folder: Path) -> Iterator[CleanRoot]:
    """Start a system whose changes are in `folder`."""
    namespaces = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--propagation", "private"]
    keeper = subprocess.Popen(
        [*AS_ROOT, *namespaces, "sh", "-c", PREPARE, "sh", SYSTEM, folder], stdout=subprocess.PIPE, text=True
    )
    first = None
    try:
        if keeper.stdout.readline().strip() != "ready":
            raise RuntimeError("the clean system could not be mounted")
        first = wait_until(lambda: last_child(keeper.pid), what="the system's first process")
        enter = [*AS_ROOT, "nsenter", f"--target={first}", "--mount", "--pid", "chroot", str(folder / "root")]
        root = CleanRoot(enter)
        root.run("mkdir", HOME)
        root.run("chown", f"{os.getuid()}:{os.getgid()}", HOME)
        yield root
    finally:
        # All that runs in the system ends with its first process. (`unshare` itself ignores most signals.)
        subprocess.run([*AS_ROOT, "kill", "-KILL", str(first or keeper.pid)], check=False)
        keeper.wait(timeout=PATIENCE)
        subprocess.run([*AS_ROOT, "rm", "-rf", folder / "upper", folder / "work"], check=True)


def last_child(process: int) -> int | None:
    """The process at the end of a line of single children: sudo and unshare each start the next."""
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    return last_child(int(children[0])) if children else process
