"""Sources: where the truth about clients is kept."""
