"""RabbitMQ's programs: the installed ones, else Debian's packages unpacked into a folder.

Unpacked and not installed: an installed rabbitmq-server starts a service on the default port.
"""

import fcntl
import os
import re
import shutil
from pathlib import Path

from local_stack.errors import StackError
from local_stack.processes import run

INSTALLED = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
WANTED = re.compile(r"^(erlang-[a-z0-9-]+|rabbitmq-server|libsctp1|libssl\d\S*|libtinfo\d\S*)$")
"""Of all that rabbitmq-server depends on, what a foreground server needs."""

AS_ROOT = ("-o", "APT::Sandbox::User=root")
"""Root downloads as root: apt's own user may not write below the repository."""


def rabbitmq_root(cache: Path) -> Path:
    """Return the folder that holds usr/lib/rabbitmq and usr/lib/erlang; fetch it when needed."""
    if INSTALLED.exists() and shutil.which("erl"):
        return Path("/")
    cache.mkdir(parents=True, exist_ok=True)
    root = cache / "rabbitmq"
    with (cache / "rabbitmq.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not _complete(root):
            _unpack(root)
    return root


def _complete(root: Path) -> bool:
    """Tell whether it was unpacked to its end, and here: the place is written into its files."""
    mark = root / "complete"
    return mark.exists() and mark.read_text() == str(root)


def _unpack(root: Path) -> None:
    if not (shutil.which("apt-get") and shutil.which("dpkg")):
        message = (
            "no RabbitMQ and no apt-get on this machine: install rabbitmq-server, "
            "or use `docker compose up`"
        )
        raise StackError(message)
    shutil.rmtree(root, ignore_errors=True)
    packages = root / "packages"
    packages.mkdir(parents=True)
    _download(packages)
    for package in packages.glob("*.deb"):
        run("dpkg", "-x", package, root)
    shutil.rmtree(packages)
    erl = root / "usr/lib/erlang/bin/erl"
    patched = re.sub(
        r"^(\s*)ROOTDIR=\"?/usr/lib/erlang\"?$",
        rf'\1ROOTDIR="{root}/usr/lib/erlang"',
        erl.read_text(),
        flags=re.MULTILINE,
    )
    erl.write_text(patched)
    (root / "complete").write_text(str(root))


def _download(folder: Path) -> None:
    names = _package_names()
    if "rabbitmq-server" not in names:
        _update_lists()
        names = _package_names()
    if "rabbitmq-server" not in names:
        message = "apt offers no rabbitmq-server: enable the main (Ubuntu: universe) component"
        raise StackError(message)
    command = ("apt-get", "download", "-q", *(AS_ROOT if os.getuid() == 0 else ()))
    try:
        run(*command, *names, folder=folder)
    except StackError:
        if os.getuid() != 0:
            raise
        _update_lists()  # a package may have been replaced since the lists were read
        run(*command, *_package_names(), folder=folder)


def _package_names() -> list[str]:
    listing = run(
        *("apt-cache", "depends", "--recurse", "--no-recommends", "--no-suggests"),
        *("--no-conflicts", "--no-breaks", "--no-replaces", "--no-enhances", "rabbitmq-server"),
    )
    installed = set(run("dpkg-query", "-W", "-f", "${Package}\n").split())
    return sorted({n for n in listing.splitlines() if WANTED.match(n) and n not in installed})


def _update_lists() -> None:
    if os.getuid() != 0:
        message = "apt has no usable package lists: run `sudo apt-get update` once, then again"
        raise StackError(message)
    run("apt-get", "update", "-q")
