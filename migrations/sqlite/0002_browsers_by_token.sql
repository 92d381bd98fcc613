-- A token that a browser brings is kept only if it is one of ours, whoever's browser it was.
CREATE INDEX browsers_by_token ON browsers (token_hash);
