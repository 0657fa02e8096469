"""Drills: what an attacker, a network or an operator may do to a server that runs, and what it must still do.

``python -m tests.drills.NAME`` prints figures, each with its bar. Exit status 0 if all bars were
reached, 1 if not, 3 if the drill needs root.
"""
