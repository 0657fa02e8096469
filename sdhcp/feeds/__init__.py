"""The log's gravest lines, kept for a while: as an Atom feed (RFC 4287) and as pages."""
