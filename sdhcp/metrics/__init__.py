"""What monitoring reads: numbers that are there already, written for Prometheus when somebody asks for them."""
