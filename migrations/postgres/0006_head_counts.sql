-- How many people of each team have connected exactly which methods, so that nobody counts everybody.
-- migrations/sqlite has the same.

-- Nobody may come, go or move between the count and the triggers.
LOCK TABLE accounts IN SHARE ROW EXCLUSIVE MODE;

-- Without those who are disabled. Kept by triggers: of two rows that say the same the sum counts. Here
-- each change adds a row instead of changing one, so that nobody waits for those who set up at the same
-- time; they are summed up now and then.
CREATE TABLE head_counts (
    organisation_id UUID NOT NULL REFERENCES organisations (id),
    -- None for those without one.
    team_id         UUID,
    methods         BIGINT NOT NULL CHECK (methods BETWEEN 0 AND 15),
    people          BIGINT NOT NULL
);

CREATE INDEX head_counts_of_organisation ON head_counts (organisation_id, team_id, methods);

INSERT INTO head_counts (organisation_id, team_id, methods, people)
SELECT organisation_id, team_id, methods, COUNT(*) FROM accounts WHERE disabled_at IS NULL GROUP BY organisation_id, team_id, methods;

CREATE FUNCTION count_heads() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' AND OLD.disabled_at IS NULL THEN
        INSERT INTO head_counts (organisation_id, team_id, methods, people) VALUES (OLD.organisation_id, OLD.team_id, OLD.methods, -1);
    END IF;
    IF TG_OP <> 'DELETE' AND NEW.disabled_at IS NULL THEN
        INSERT INTO head_counts (organisation_id, team_id, methods, people) VALUES (NEW.organisation_id, NEW.team_id, NEW.methods, 1);
    END IF;
    RETURN NULL;
END;
$$;
CREATE TRIGGER accounts_count_heads AFTER INSERT OR DELETE ON accounts FOR EACH ROW EXECUTE FUNCTION count_heads();
CREATE TRIGGER accounts_count_heads_when_changed AFTER UPDATE ON accounts FOR EACH ROW
    WHEN (OLD.team_id IS DISTINCT FROM NEW.team_id OR OLD.methods <> NEW.methods OR OLD.organisation_id <> NEW.organisation_id
        OR (OLD.disabled_at IS NULL) <> (NEW.disabled_at IS NULL))
    EXECUTE FUNCTION count_heads();

-- A list that is looked through for a name or an address reads the index alone.
DROP INDEX accounts_by_standing;
CREATE INDEX accounts_by_standing ON accounts (organisation_id, standing, name_key, id, email);
