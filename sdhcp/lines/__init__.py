"""Log lines on their way out: how they read, and the files and sockets that take them."""
