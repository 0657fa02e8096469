"""The questions that a lease store puts to PostgreSQL, one for each step."""

from typing import Final

from .postgresql_text import COLUMNS

VERSION: Final = 1
"""What ``sdhcp_leases()`` says, which ``sdhcp/schemas/postgresql-leases.sql`` makes."""
GIVEN: Final = ", ".join(f"(given).{column}" for column in COLUMNS)
LEASE: Final = ", ".join(f"l.{column}" for column in COLUMNS)
OFFER_AS_LEASE: Final = "o.pool, o.address, o.client, 'offered', o.since, o.expires, o.mac, o.hostname, o.via, ''"

OFFER: Final = f"SELECT how, {GIVEN} FROM sdhcp_offer(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"  # noqa: S608
BIND: Final = f"SELECT how, {GIVEN} FROM sdhcp_bind(%s, %s, %s, %s, %s, %s, %s, %s)"  # noqa: S608
RELEASE: Final = "SELECT sdhcp_release(%s, %s, %s, %s)"
QUARANTINE: Final = "SELECT sdhcp_quarantine(%s, %s, %s, %s, %s, %s)"
CLEAR: Final = "SELECT sdhcp_clear(%s, %s, %s)"

# What is held goes before what is offered, and that before what was held last.
OF_CLIENT: Final = f"""
    (SELECT {LEASE}, CASE WHEN l.state = 'bound' AND l.expires > %(now)s THEN 0 ELSE 2 END AS place
        FROM lease l WHERE l.pool = %(pool)s AND l.client = %(client)s AND l.is_last)
    UNION ALL (SELECT {OFFER_AS_LEASE}, 1
        FROM lease_offer o WHERE o.pool = %(pool)s AND o.client = %(client)s AND o.expires > %(now)s)
    ORDER BY place LIMIT 1"""  # noqa: S608
AT: Final = f"""
    (SELECT {LEASE}, CASE WHEN l.state = 'bound' AND l.expires > %(now)s THEN 0 ELSE 2 END AS place
        FROM lease l WHERE l.pool = %(pool)s AND l.address = %(address)s)
    UNION ALL (SELECT {OFFER_AS_LEASE}, 1
        FROM lease_offer o
        WHERE o.pool = %(pool)s AND o.address = %(address)s AND o.expires > %(now)s AND o.client <> '')
    ORDER BY place LIMIT 1"""  # noqa: S608
PAGE: Final = f"""
    SELECT {LEASE} FROM lease l WHERE l.pool = %s AND l.address > %s ORDER BY l.address LIMIT %s"""  # noqa: S608

# Each address is counted once: as bound, quarantined, offered, reserved, or lapsed, whatever comes first of these.
COUNTS: Final = """
    WITH offered AS (
        SELECT o.address FROM lease_offer o WHERE o.pool = %(pool)s AND o.expires > %(now)s AND o.client <> ''
    ), reserved AS (SELECT r FROM unnest(%(reserved)s::inet[]) r), known AS (
        SELECT l.address, CASE
            WHEN l.state = 'bound' AND l.expires > %(now)s THEN 'bound'
            WHEN l.state = 'quarantined' AND l.expires > %(now)s THEN 'quarantined'
            WHEN l.address IN (SELECT address FROM offered) THEN 'offered'
            WHEN l.address IN (SELECT r FROM reserved) THEN 'reserved'
            ELSE 'lapsed' END AS state
        FROM lease l WHERE l.pool = %(pool)s
    ), counted AS (
        SELECT count(*) FILTER (WHERE state = 'bound') AS bound,
            count(*) FILTER (WHERE state = 'lapsed') AS lapsed,
            count(*) FILTER (WHERE state = 'quarantined') AS quarantined,
            count(*) FILTER (WHERE state = 'offered') AS offered,
            count(*) FILTER (WHERE state = 'reserved') AS reserved FROM known
    )
    SELECT bound,
        offered + (SELECT count(*) FROM offered WHERE address NOT IN (SELECT address FROM known)),
        lapsed, quarantined,
        reserved + (SELECT count(*) FROM reserved WHERE r NOT IN (SELECT address FROM known)
            AND r NOT IN (SELECT address FROM offered))
    FROM counted"""

LAPSED: Final = """
    SELECT l.address FROM lease l WHERE l.pool = %s AND NOT l.aside AND l.free_at <= %s ORDER BY l.free_at LIMIT %s"""
ASIDE: Final = "SELECT l.address FROM lease l WHERE l.pool = %s AND l.aside ORDER BY l.address LIMIT %s OFFSET %s"
SET_ASIDE: Final = "UPDATE lease l SET aside = %s WHERE l.pool = %s AND l.address = ANY(%s::inet[])"

_CHANGE: Final = ", ".join(f"h.{column}" for column in COLUMNS)
HISTORY: Final = f"SELECT h.at, h.what, {_CHANGE} FROM lease_history h %s ORDER BY h.id DESC LIMIT %%s"  # noqa: S608
FORGET: Final = """
    DELETE FROM lease_history WHERE id IN (SELECT h.id FROM lease_history h WHERE h.at < %s ORDER BY h.at LIMIT %s)"""

# The clock, and what the server does with what it has acknowledged.
FIRST: Final = """
    SELECT extract(epoch FROM clock_timestamp())::double precision, current_setting('fsync'),
        current_setting('full_page_writes'), pg_is_in_recovery()"""
KNOWN: Final = "SELECT sdhcp_leases(), has_table_privilege('lease', 'UPDATE')"
