"""Bytes to messages and back (RFC 2131, RFC 2132). Standard library only."""
