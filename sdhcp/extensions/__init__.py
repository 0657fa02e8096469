"""What stands in for extension files of staticDHCPd's, by the names that they have."""
