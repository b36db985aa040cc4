"""Where a child begins: the decoders are loaded on its side of the fork only."""

from multiprocessing.connection import Connection

from shared.images.tasks import ChildLimits, Task


def enter_child(task: Task, limits: ChildLimits, answer: Connection) -> None:
    """Do one task in the child that this is called in; the fork server has imported the rest."""
    from shared.images.child import main  # noqa: PLC0415 - never in the service itself

    main(task, limits, answer)
