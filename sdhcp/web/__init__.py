"""The web console: pages about the server, what a site has registered for it, and an API."""
