"""What people change by the console while the server runs, and the record of it."""
