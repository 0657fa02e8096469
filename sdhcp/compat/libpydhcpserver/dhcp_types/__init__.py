"""The values that packets are made of."""
