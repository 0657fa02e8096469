"""Where staticDHCPd looks clients up."""
