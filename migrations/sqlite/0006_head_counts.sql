-- How many people of each team have connected exactly which methods, so that nobody counts everybody.
-- migrations/postgres has the same.

-- Without those who are disabled. Kept by triggers: of two rows that say the same the sum counts.
CREATE TABLE head_counts (
    organisation_id BLOB NOT NULL REFERENCES organisations (id),
    -- None for those without one.
    team_id         BLOB CHECK (length(team_id) = 16),
    methods         INTEGER NOT NULL CHECK (methods BETWEEN 0 AND 15),
    people          INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX head_counts_of_organisation ON head_counts (organisation_id, COALESCE(team_id, X'00'), methods);

INSERT INTO head_counts (organisation_id, team_id, methods, people)
SELECT organisation_id, team_id, methods, COUNT(*) FROM accounts WHERE disabled_at IS NULL GROUP BY organisation_id, team_id, methods;

CREATE TRIGGER accounts_count_heads_when_added AFTER INSERT ON accounts
WHEN NEW.disabled_at IS NULL
BEGIN
    INSERT INTO head_counts (organisation_id, team_id, methods, people) VALUES (NEW.organisation_id, NEW.team_id, NEW.methods, 1)
    ON CONFLICT (organisation_id, COALESCE(team_id, X'00'), methods) DO UPDATE SET people = people + 1;
END;

CREATE TRIGGER accounts_count_heads_when_changed AFTER UPDATE OF organisation_id, team_id, methods, disabled_at ON accounts
WHEN OLD.team_id IS NOT NEW.team_id OR OLD.methods <> NEW.methods OR OLD.organisation_id <> NEW.organisation_id
    OR (OLD.disabled_at IS NULL) <> (NEW.disabled_at IS NULL)
BEGIN
    INSERT INTO head_counts (organisation_id, team_id, methods, people)
    SELECT OLD.organisation_id, OLD.team_id, OLD.methods, -1 WHERE OLD.disabled_at IS NULL
    ON CONFLICT (organisation_id, COALESCE(team_id, X'00'), methods) DO UPDATE SET people = people - 1;
    INSERT INTO head_counts (organisation_id, team_id, methods, people)
    SELECT NEW.organisation_id, NEW.team_id, NEW.methods, 1 WHERE NEW.disabled_at IS NULL
    ON CONFLICT (organisation_id, COALESCE(team_id, X'00'), methods) DO UPDATE SET people = people + 1;
END;

CREATE TRIGGER accounts_count_heads_when_removed AFTER DELETE ON accounts
WHEN OLD.disabled_at IS NULL
BEGIN
    UPDATE head_counts SET people = people - 1
    WHERE organisation_id = OLD.organisation_id AND team_id IS OLD.team_id AND methods = OLD.methods;
END;

-- A list that is looked through for a name or an address reads the index alone.
DROP INDEX accounts_by_standing;
CREATE INDEX accounts_by_standing ON accounts (organisation_id, standing, name_key, id, email);

-- When those who aren't set up were last here. Who is set up signs in without touching it.
CREATE INDEX accounts_left ON accounts (organisation_id, team_id, last_sign_in_at) WHERE standing = 0;
