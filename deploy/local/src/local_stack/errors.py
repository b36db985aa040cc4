"""What can go wrong on a machine, told in one line that says what to do."""


class StackError(Exception):
    """The stack cannot go on; the message says why and what helps.

    Args:
        message: One line for the person at the terminal.
        details: The end of a log or of a command's output, shown below the line.
    """

    def __init__(self, message: str, details: str = "") -> None:
        super().__init__(message)
        self.details = details
