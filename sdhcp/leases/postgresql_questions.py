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
    WITH known AS (
        SELECT CASE
            WHEN l.state = 'bound' AND l.expires > %(now)s THEN 'bound'
            WHEN l.state = 'quarantined' AND l.expires > %(now)s THEN 'quarantined'
            WHEN o.address IS NOT NULL THEN 'offered'
            WHEN r.address IS NOT NULL THEN 'reserved'
            ELSE 'lapsed' END AS state
        FROM lease l
        LEFT JOIN lease_offer o
            ON o.pool = l.pool AND o.address = l.address AND o.expires > %(now)s AND o.client <> ''
        LEFT JOIN unnest(%(reserved)s::inet[]) r (address) ON r.address = l.address
        WHERE l.pool = %(pool)s
        UNION ALL SELECT 'offered' FROM lease_offer o
        WHERE o.pool = %(pool)s AND o.fresh AND o.expires > %(now)s AND o.client <> ''
        UNION ALL SELECT 'reserved' FROM unnest(%(reserved)s::inet[]) r (address)
        WHERE NOT EXISTS (SELECT FROM lease l WHERE l.pool = %(pool)s AND l.address = r.address)
        AND NOT EXISTS (SELECT FROM lease_offer o WHERE o.pool = %(pool)s AND o.address = r.address
            AND o.expires > %(now)s AND o.client <> '')
    )
    SELECT count(*) FILTER (WHERE state = 'bound'), count(*) FILTER (WHERE state = 'offered'),
        count(*) FILTER (WHERE state = 'lapsed'), count(*) FILTER (WHERE state = 'quarantined'),
        count(*) FILTER (WHERE state = 'reserved') FROM known"""

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
