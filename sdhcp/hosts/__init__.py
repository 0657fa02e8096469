"""Reservations read and written from the shell: stores that block, and never run in the server."""
