"""Sockets: how packets come in, how replies leave."""
