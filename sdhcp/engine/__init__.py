"""The rules: message, definition, policy and time to a decision. Pure; no sockets, no clock, no Twisted."""
