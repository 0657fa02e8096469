"""."""

PARTS = ()
