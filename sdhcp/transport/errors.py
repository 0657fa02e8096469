"""Why a server cannot listen."""


class ListenError(Exception):
    """A socket cannot be opened; the text says which, why, and what to do.

    :ivar in_use: whether another program has the port.
    """

    def __init__(self, problem: str, in_use: bool = False) -> None:
        super().__init__(problem)
        self.in_use = in_use
