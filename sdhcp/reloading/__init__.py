"""conf.py read anew while the server runs, as one transaction."""
