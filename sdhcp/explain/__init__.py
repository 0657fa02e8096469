"""Why a client gets its answer: the live server's own rules, run for one packet, with nothing sent or kept."""
