-- For sites with USE_CACHE: PostgreSQL tells sdhcp what was changed, so that a change counts at once. It can be run on
-- any database that has the tables, also again; what it makes is one function and eight triggers, which
-- DROP FUNCTION sdhcp_tell() CASCADE removes.

CREATE OR REPLACE FUNCTION sdhcp_tell() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    -- How many changed rows are told one by one; of more it is told that there are many.
    few CONSTANT INTEGER := 100;
    told TEXT[];
    key TEXT;
BEGIN
    IF TG_OP <> 'TRUNCATE' THEN
        IF TG_ARGV[0] = 'maps' THEN
            IF TG_OP = 'INSERT' THEN
                SELECT array_agg(k) INTO told FROM (SELECT 'm:' || mac AS k FROM new_rows LIMIT few + 1) c;
            ELSIF TG_OP = 'DELETE' THEN
                SELECT array_agg(k) INTO told FROM (SELECT 'm:' || mac AS k FROM old_rows LIMIT few + 1) c;
            ELSE
                SELECT array_agg(k) INTO told FROM (
                    (SELECT DISTINCT 'm:' || mac AS k FROM old_rows LIMIT few + 1) UNION
                    (SELECT DISTINCT 'm:' || mac AS k FROM new_rows LIMIT few + 1)
                ) c;
            END IF;
        ELSIF TG_OP = 'INSERT' THEN
            SELECT array_agg(k) INTO told FROM (
                SELECT 's:' || serial || '|' || subnet AS k FROM new_rows LIMIT few + 1
            ) c;
        ELSIF TG_OP = 'DELETE' THEN
            SELECT array_agg(k) INTO told FROM (
                SELECT 's:' || serial || '|' || subnet AS k FROM old_rows LIMIT few + 1
            ) c;
        ELSE
            SELECT array_agg(k) INTO told FROM (
                (SELECT DISTINCT 's:' || serial || '|' || subnet AS k FROM old_rows LIMIT few + 1) UNION
                (SELECT DISTINCT 's:' || serial || '|' || subnet AS k FROM new_rows LIMIT few + 1)
            ) c;
        END IF;
        IF told IS NULL THEN
            RETURN NULL;
        END IF;
    END IF;
    IF TG_OP = 'TRUNCATE' OR cardinality(told) > few THEN
        PERFORM pg_notify('sdhcp_changes', '*');
    ELSE
        FOREACH key IN ARRAY told LOOP
            -- What does not fit in a notification must not keep the change from being made.
            PERFORM pg_notify('sdhcp_changes', CASE WHEN octet_length(key) < 7900 THEN key ELSE '*' END);
        END LOOP;
    END IF;
    RETURN NULL;
END
$$;

DROP TRIGGER IF EXISTS sdhcp_inserted ON maps;
DROP TRIGGER IF EXISTS sdhcp_updated ON maps;
DROP TRIGGER IF EXISTS sdhcp_deleted ON maps;
DROP TRIGGER IF EXISTS sdhcp_truncated ON maps;
CREATE TRIGGER sdhcp_inserted AFTER INSERT ON maps REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION sdhcp_tell('maps');
CREATE TRIGGER sdhcp_updated AFTER UPDATE ON maps REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION sdhcp_tell('maps');
CREATE TRIGGER sdhcp_deleted AFTER DELETE ON maps REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION sdhcp_tell('maps');
CREATE TRIGGER sdhcp_truncated AFTER TRUNCATE ON maps
    FOR EACH STATEMENT EXECUTE FUNCTION sdhcp_tell('maps');

DROP TRIGGER IF EXISTS sdhcp_inserted ON subnets;
DROP TRIGGER IF EXISTS sdhcp_updated ON subnets;
DROP TRIGGER IF EXISTS sdhcp_deleted ON subnets;
DROP TRIGGER IF EXISTS sdhcp_truncated ON subnets;
CREATE TRIGGER sdhcp_inserted AFTER INSERT ON subnets REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION sdhcp_tell('subnets');
CREATE TRIGGER sdhcp_updated AFTER UPDATE ON subnets REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION sdhcp_tell('subnets');
CREATE TRIGGER sdhcp_deleted AFTER DELETE ON subnets REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION sdhcp_tell('subnets');
CREATE TRIGGER sdhcp_truncated AFTER TRUNCATE ON subnets
    FOR EACH STATEMENT EXECUTE FUNCTION sdhcp_tell('subnets');
