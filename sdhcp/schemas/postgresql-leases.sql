-- Leases for sdhcp in PostgreSQL 11 and later, which several servers may share. What is there already is kept, and the
-- functions are made anew, so that it can be run again: after a new release of sdhcp it has to be.
--
-- Times are seconds since the epoch: to_timestamp(expires) shows them. In texts, what PostgreSQL cannot hold is
-- written with backslashes.
--
-- Each step is one function. It locks the client first, then the addresses in question, in one order for all servers,
-- and looks at them after that: READ COMMITTED shows to each statement what was committed before it. When it looks for
-- an address it passes over those that others have locked. No table is locked, and no row that two pools, two clients
-- and two addresses share. Whatever is known of the sizes of the tables, rows are found by an index, in its order.

CREATE TABLE IF NOT EXISTS lease (
    pool TEXT NOT NULL,
    address INET NOT NULL,
    client TEXT NOT NULL,               -- what its holder is known by
    state TEXT NOT NULL CHECK (state IN ('bound', 'released', 'quarantined')),
    since DOUBLE PRECISION NOT NULL,
    expires DOUBLE PRECISION NOT NULL,
    mac BYTEA NOT NULL,
    hostname TEXT NOT NULL,
    via TEXT NOT NULL,
    evidence TEXT NOT NULL,
    is_last BOOLEAN NOT NULL,           -- whether it is what the client holds or held last
    free_at DOUBLE PRECISION NOT NULL,  -- when it is free or has been since: when it expires, or an offer of it does
    aside BOOLEAN NOT NULL,             -- whether it is not lent again for now, since it is reserved
    PRIMARY KEY (pool, address)
);
CREATE UNIQUE INDEX IF NOT EXISTS lease_client ON lease (pool, client) WHERE is_last;
CREATE INDEX IF NOT EXISTS lease_free ON lease (pool, free_at) WHERE NOT aside;
CREATE INDEX IF NOT EXISTS lease_aside ON lease (pool, address) WHERE aside;

-- Addresses that are offered, and those that were, or were cleared, and never lent: it need not survive a crash.
CREATE UNLOGGED TABLE IF NOT EXISTS lease_offer (
    pool TEXT NOT NULL,
    address INET NOT NULL,
    client TEXT NOT NULL,               -- '' for nobody
    since DOUBLE PRECISION NOT NULL,
    expires DOUBLE PRECISION NOT NULL,
    mac BYTEA NOT NULL,
    hostname TEXT NOT NULL,
    via TEXT NOT NULL,
    fresh BOOLEAN NOT NULL,             -- whether it was never lent
    PRIMARY KEY (pool, address)
);
CREATE UNIQUE INDEX IF NOT EXISTS lease_offer_client ON lease_offer (pool, client) WHERE client <> '';
CREATE INDEX IF NOT EXISTS lease_offer_fresh ON lease_offer (pool, expires) WHERE fresh;

CREATE TABLE IF NOT EXISTS lease_history (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at DOUBLE PRECISION NOT NULL,
    what TEXT NOT NULL,
    pool TEXT NOT NULL,
    address INET NOT NULL,
    client TEXT NOT NULL,
    state TEXT NOT NULL,
    since DOUBLE PRECISION NOT NULL,
    expires DOUBLE PRECISION NOT NULL,
    mac BYTEA NOT NULL,
    hostname TEXT NOT NULL,
    via TEXT NOT NULL,
    evidence TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS lease_history_address ON lease_history (address, id);
CREATE INDEX IF NOT EXISTS lease_history_client ON lease_history (client, id);
CREATE INDEX IF NOT EXISTS lease_history_at ON lease_history (at);

-- Which release of these functions it is.
CREATE OR REPLACE FUNCTION sdhcp_leases() RETURNS INTEGER LANGUAGE sql IMMUTABLE AS 'SELECT 1';

CREATE OR REPLACE FUNCTION sdhcp_lock_client(_pool TEXT, _client TEXT) RETURNS VOID LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE 'leases need default_transaction_isolation = read committed' USING ERRCODE = 'invalid_transaction_state';
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended(_pool || E'\n' || _client, 6701));
END
$$;

CREATE OR REPLACE FUNCTION sdhcp_key(_pool TEXT, _address INET) RETURNS BIGINT LANGUAGE sql IMMUTABLE AS
    $$ SELECT hashtextextended(_pool || E'\n' || host(_address), 6702) $$;

CREATE OR REPLACE FUNCTION sdhcp_lock(_pool TEXT, _addresses INET[]) RETURNS VOID LANGUAGE plpgsql AS $$
DECLARE
    _key BIGINT;
BEGIN
    FOR _key IN SELECT DISTINCT sdhcp_key(_pool, a) FROM unnest(_addresses) a WHERE a IS NOT NULL ORDER BY 1 LOOP
        PERFORM pg_advisory_xact_lock(_key);
    END LOOP;
END
$$;

-- Whether a client may have an address.
CREATE OR REPLACE FUNCTION sdhcp_is_free(_pool TEXT, _address INET, _client TEXT, _now DOUBLE PRECISION)
RETURNS BOOLEAN LANGUAGE sql STABLE AS $$
    SELECT NOT EXISTS (
        SELECT FROM lease l WHERE l.pool = _pool AND l.address = _address AND l.expires > _now
            AND (l.state = 'quarantined' OR (l.state = 'bound' AND l.client <> _client))
    ) AND NOT EXISTS (
        SELECT FROM lease_offer o WHERE o.pool = _pool AND o.address = _address AND o.expires > _now
            AND o.client NOT IN (_client, '')
    )
$$;

CREATE OR REPLACE FUNCTION sdhcp_drop_offer(_pool TEXT, _address INET, _now DOUBLE PRECISION)
RETURNS VOID LANGUAGE plpgsql AS $$
BEGIN
    UPDATE lease l SET free_at = l.expires WHERE l.pool = _pool AND l.address = _address AND l.free_at <> l.expires;
    DELETE FROM lease_offer o WHERE o.pool = _pool AND o.address = _address AND NOT o.fresh;
    UPDATE lease_offer o SET client = '', expires = LEAST(o.expires, _now)
        WHERE o.pool = _pool AND o.address = _address AND o.client <> '';
END
$$;

CREATE OR REPLACE FUNCTION sdhcp_tell_lease(_what TEXT, _now DOUBLE PRECISION, _lease lease)
RETURNS VOID LANGUAGE sql AS $$
    INSERT INTO lease_history
        (at, what, pool, address, client, state, since, expires, mac, hostname, via, evidence)
    VALUES (_now, _what, _lease.pool, _lease.address, _lease.client, _lease.state, _lease.since, _lease.expires,
            _lease.mac, _lease.hostname, _lease.via, _lease.evidence)
$$;

-- Choose an address for a client, and hold it for this client until a time; see ILeaseStore.offer. _unused are
-- addresses that may be lent if they never were. Of the others, those that are reserved are not known here: one of them
-- that was chosen is _denied in the next question.
CREATE OR REPLACE FUNCTION sdhcp_offer(
    _pool TEXT, _client TEXT, _mac BYTEA, _hostname TEXT, _via TEXT, _wish INET, _denied INET, _last BOOLEAN,
    _unused INET[], _now DOUBLE PRECISION, _ends DOUBLE PRECISION, OUT how TEXT, OUT given lease
) LANGUAGE plpgsql
SET jit = off SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off AS $$
DECLARE
    _held lease;
    _offer lease_offer;
    _chosen INET;
    _tried INET;
    _is_fresh BOOLEAN;
BEGIN
    PERFORM set_config('synchronous_commit', 'off', TRUE);
    PERFORM sdhcp_lock_client(_pool, _client);
    SELECT * INTO _held FROM lease l WHERE l.pool = _pool AND l.client = _client AND l.is_last;
    SELECT * INTO _offer FROM lease_offer o WHERE o.pool = _pool AND o.client = _client;
    PERFORM sdhcp_lock(_pool, ARRAY[_held.address, _offer.address, _wish, _denied]);
    IF _denied IS NOT NULL THEN
        DELETE FROM lease_offer o WHERE o.pool = _pool AND o.address = _denied AND o.client IN (_client, '');
        UPDATE lease l SET aside = TRUE, free_at = l.expires
            WHERE l.pool = _pool AND l.address = _denied AND l.expires <= _now;
    END IF;
    SELECT * INTO _held FROM lease l
        WHERE l.pool = _pool AND l.client = _client AND l.is_last AND l.address IS DISTINCT FROM _denied;
    SELECT * INTO _offer FROM lease_offer o WHERE o.pool = _pool AND o.client = _client;

    IF _held.state = 'bound' AND _held.expires > _now THEN
        IF _ends > _held.expires THEN
            UPDATE lease l SET expires = _ends, free_at = _ends WHERE l.pool = _pool AND l.address = _held.address;
            _held.expires := _ends;
        END IF;
        how := 'own';
        given := _held;
        RETURN;
    END IF;
    IF _offer.expires > _now AND sdhcp_is_free(_pool, _offer.address, _client, _now) THEN
        _chosen := _offer.address;
    ELSIF _held.address IS NOT NULL AND sdhcp_is_free(_pool, _held.address, _client, _now) THEN
        _chosen := _held.address;
    ELSIF _wish IS DISTINCT FROM _denied AND sdhcp_is_free(_pool, _wish, _client, _now) THEN
        _chosen := _wish;
    END IF;
    how := 'own';
    IF _chosen IS NULL THEN
        how := 'fresh';
        FOR _tried IN SELECT o.address FROM lease_offer o
            WHERE o.pool = _pool AND o.fresh AND o.expires <= _now ORDER BY o.expires
        LOOP
            -- Looked at after it is locked, by a statement of its own.
            CONTINUE WHEN NOT pg_try_advisory_xact_lock(sdhcp_key(_pool, _tried));
            IF sdhcp_is_free(_pool, _tried, _client, _now) THEN
                _chosen := _tried;
                EXIT;
            END IF;
        END LOOP;
    END IF;
    IF _chosen IS NULL THEN
        how := 'unused';
        FOREACH _tried IN ARRAY _unused LOOP
            -- One by one: whatever is known of the tables, each is found by an index.
            CONTINUE WHEN EXISTS (SELECT FROM lease l WHERE l.pool = _pool AND l.address = _tried);
            CONTINUE WHEN EXISTS (SELECT FROM lease_offer o WHERE o.pool = _pool AND o.address = _tried);
            CONTINUE WHEN NOT pg_try_advisory_xact_lock(sdhcp_key(_pool, _tried));
            IF NOT EXISTS (SELECT FROM lease l WHERE l.pool = _pool AND l.address = _tried)
                AND sdhcp_is_free(_pool, _tried, _client, _now)
            THEN
                _chosen := _tried;
                EXIT;
            END IF;
        END LOOP;
    END IF;
    IF _chosen IS NULL AND NOT _last THEN
        how := 'more';
        SELECT * INTO given FROM lease l WHERE l.pool = _pool ORDER BY l.address DESC LIMIT 1;
        RETURN;
    END IF;
    IF _chosen IS NULL THEN
        how := 'lapsed';
        FOR _tried IN SELECT l.address FROM lease l
            WHERE l.pool = _pool AND NOT l.aside AND l.free_at <= _now AND l.address IS DISTINCT FROM _denied
            ORDER BY l.free_at
        LOOP
            -- Looked at after it is locked, by a statement of its own.
            CONTINUE WHEN NOT pg_try_advisory_xact_lock(sdhcp_key(_pool, _tried));
            IF sdhcp_is_free(_pool, _tried, _client, _now) THEN
                _chosen := _tried;
                EXIT;
            END IF;
        END LOOP;
    END IF;
    IF _chosen IS NULL THEN
        how := 'none';
        RETURN;
    END IF;

    IF _offer.address <> _chosen THEN
        PERFORM sdhcp_drop_offer(_pool, _offer.address, _now);
    END IF;
    DELETE FROM lease_offer o WHERE o.pool = _pool AND o.address = _chosen;
    UPDATE lease l SET free_at = _ends WHERE l.pool = _pool AND l.address = _chosen;
    _is_fresh := NOT FOUND;
    INSERT INTO lease_offer (pool, address, client, since, expires, mac, hostname, via, fresh)
        VALUES (_pool, _chosen, _client, _now, _ends, _mac, _hostname, _via, _is_fresh);
    given := (_pool, _chosen, _client, 'offered', _now, _ends, _mac, _hostname, _via, '', FALSE, _ends, FALSE);
END
$$;

-- Lend an address to a client until a time; nothing if somebody else has it.
CREATE OR REPLACE FUNCTION sdhcp_bind(
    _pool TEXT, _client TEXT, _mac BYTEA, _hostname TEXT, _via TEXT, _address INET, _now DOUBLE PRECISION,
    _ends DOUBLE PRECISION, OUT how TEXT, OUT given lease
) LANGUAGE plpgsql SET jit = off SET enable_seqscan = off AS $$
DECLARE
    _held lease;
    _before lease;
    _offered INET;
    _since DOUBLE PRECISION := _now;
BEGIN
    PERFORM sdhcp_keep();
    PERFORM sdhcp_lock_client(_pool, _client);
    SELECT * INTO _held FROM lease l WHERE l.pool = _pool AND l.client = _client AND l.is_last;
    SELECT o.address INTO _offered FROM lease_offer o WHERE o.pool = _pool AND o.client = _client;
    PERFORM sdhcp_lock(_pool, ARRAY[_held.address, _offered, _address]);
    IF NOT sdhcp_is_free(_pool, _address, _client, _now) THEN
        RETURN;
    END IF;
    SELECT * INTO _held FROM lease l
        WHERE l.pool = _pool AND l.client = _client AND l.is_last AND l.address <> _address;
    IF _held.state = 'bound' AND _held.expires > _now THEN
        UPDATE lease l SET state = 'released', expires = _now, free_at = _now, is_last = FALSE
            WHERE l.pool = _pool AND l.address = _held.address RETURNING * INTO _held;
        PERFORM sdhcp_tell_lease('released', _now, _held);
    ELSE
        UPDATE lease l SET is_last = FALSE WHERE l.pool = _pool AND l.address = _held.address;
    END IF;
    IF _offered <> _address THEN
        PERFORM sdhcp_drop_offer(_pool, _offered, _now);
    END IF;
    DELETE FROM lease_offer o WHERE o.pool = _pool AND o.address = _address;

    how := 'bound';
    SELECT * INTO _before FROM lease l WHERE l.pool = _pool AND l.address = _address;
    IF _before.client = _client AND _before.state <> 'quarantined' THEN
        _since := _before.since;
        IF _before.state = 'bound' AND _before.expires > _now THEN
            how := 'renewed';
        END IF;
    END IF;
    INSERT INTO lease VALUES (
        _pool, _address, _client, 'bound', _since, _ends, _mac, _hostname, _via, '', TRUE, _ends, FALSE
    ) ON CONFLICT (pool, address) DO UPDATE SET
        client = excluded.client, state = excluded.state, since = excluded.since, expires = excluded.expires,
        mac = excluded.mac, hostname = excluded.hostname, via = excluded.via, evidence = excluded.evidence,
        is_last = excluded.is_last, free_at = excluded.free_at, aside = excluded.aside
    RETURNING * INTO given;
    PERFORM sdhcp_tell_lease(how, _now, given);
END
$$;

-- Whatever the server is set to: what is acknowledged is on disk.
CREATE OR REPLACE FUNCTION sdhcp_keep() RETURNS VOID LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('synchronous_commit') = 'off' THEN
        PERFORM set_config('synchronous_commit', 'on', TRUE);
    END IF;
END
$$;

-- A client holds an address no longer; whether it did.
CREATE OR REPLACE FUNCTION sdhcp_release(_pool TEXT, _client TEXT, _address INET, _now DOUBLE PRECISION)
RETURNS BOOLEAN LANGUAGE plpgsql SET jit = off SET enable_seqscan = off AS $$
DECLARE
    _lease lease;
BEGIN
    PERFORM sdhcp_keep();
    PERFORM sdhcp_lock_client(_pool, _client);
    PERFORM sdhcp_lock(_pool, ARRAY[_address]);
    UPDATE lease l SET state = 'released', expires = _now, free_at = _now
        WHERE l.pool = _pool AND l.address = _address AND l.client = _client AND l.state = 'bound' AND l.expires > _now
        RETURNING * INTO _lease;
    IF NOT FOUND THEN
        RETURN FALSE;
    END IF;
    PERFORM sdhcp_tell_lease('released', _now, _lease);
    RETURN TRUE;
END
$$;

-- An address is not to be lent for a while: false if the client did not hold it, or, if that is '', if anybody does.
CREATE OR REPLACE FUNCTION sdhcp_quarantine(
    _pool TEXT, _client TEXT, _address INET, _now DOUBLE PRECISION, _ends DOUBLE PRECISION, _evidence TEXT
) RETURNS BOOLEAN LANGUAGE plpgsql SET jit = off SET enable_seqscan = off AS $$
DECLARE
    _lease lease;
BEGIN
    PERFORM sdhcp_keep();
    PERFORM sdhcp_lock_client(_pool, _client);
    PERFORM sdhcp_lock(_pool, ARRAY[_address]);
    SELECT * INTO _lease FROM lease l WHERE l.pool = _pool AND l.address = _address;
    IF _client = '' AND _lease.state = 'bound' AND _lease.expires > _now THEN
        RETURN FALSE;
    ELSIF _client <> '' AND (
        _lease.client IS DISTINCT FROM _client OR _lease.state <> 'bound' OR _lease.expires <= _now
    ) THEN
        RETURN FALSE;
    END IF;
    DELETE FROM lease_offer o WHERE o.pool = _pool AND o.address = _address;
    INSERT INTO lease VALUES (
        _pool, _address, '', 'quarantined', _now, _ends, '', '', '', _evidence, FALSE, _ends, FALSE
    ) ON CONFLICT (pool, address) DO UPDATE SET
        state = 'quarantined', expires = _ends, evidence = _evidence, is_last = FALSE, free_at = _ends, aside = FALSE
    RETURNING * INTO _lease;
    PERFORM sdhcp_tell_lease(CASE _client WHEN '' THEN 'quarantined' ELSE 'declined' END, _now, _lease);
    RETURN TRUE;
END
$$;

-- Forget all about an address; whether there was anything.
CREATE OR REPLACE FUNCTION sdhcp_clear(_pool TEXT, _address INET, _now DOUBLE PRECISION)
RETURNS BOOLEAN LANGUAGE plpgsql SET jit = off SET enable_seqscan = off AS $$
DECLARE
    _lease lease;
    _is_offered BOOLEAN;
BEGIN
    PERFORM sdhcp_keep();
    PERFORM sdhcp_lock(_pool, ARRAY[_address]);
    DELETE FROM lease l WHERE l.pool = _pool AND l.address = _address RETURNING * INTO _lease;
    _is_offered := EXISTS (
        SELECT FROM lease_offer o WHERE o.pool = _pool AND o.address = _address AND o.expires > _now AND o.client <> ''
    );
    IF _lease.address IS NULL AND NOT _is_offered THEN
        RETURN FALSE;
    END IF;
    INSERT INTO lease_offer VALUES (_pool, _address, '', _now, _now, '', '', '', TRUE)
        ON CONFLICT (pool, address) DO UPDATE SET client = '', expires = _now, fresh = TRUE;
    IF _lease.address IS NOT NULL THEN
        PERFORM sdhcp_tell_lease('cleared', _now, _lease);
    END IF;
    RETURN TRUE;
END
$$;

-- The server's user needs no more than this:
-- GRANT SELECT, INSERT, UPDATE, DELETE ON lease, lease_offer, lease_history TO dhcp;
