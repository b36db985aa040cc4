"""The children of this process's image sandbox, and of nobody else's."""

import psutil  # type: ignore[import-untyped]  # has no types here


def sandbox_children() -> list[psutil.Process]:
    """Return the living ones; a test process may be the parent of a whole product as well."""
    return [child for server in fork_servers() for child in _children_of(server)]


def fork_servers() -> list[psutil.Process]:
    """Return those that the children are forked from."""
    return [child for child in psutil.Process().children() if _is_fork_server(child)]


def _is_fork_server(process: psutil.Process) -> bool:
    try:
        return "multiprocessing.forkserver" in " ".join(process.cmdline())
    except psutil.Error:
        return False


def _children_of(process: psutil.Process) -> list[psutil.Process]:
    try:
        found: list[psutil.Process] = process.children()
    except psutil.NoSuchProcess:
        return []
    return found
