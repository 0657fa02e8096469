"""What a site's own code is written with: its hooks in conf.py, and the packets and values that they handle."""
