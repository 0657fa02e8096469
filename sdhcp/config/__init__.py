"""conf.py: read, checked and turned into frozen sections."""
