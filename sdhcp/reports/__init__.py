"""What was counted, and what was kept of the log, as panels and pages of the web console."""
