"""How many packets of which kind came when, and how long they took: counted in frames of time, and shown."""
