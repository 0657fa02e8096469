"""Why a server cannot listen."""


class ListenError(Exception):
    """A socket cannot be opened; the text says which, why, and what to do."""
