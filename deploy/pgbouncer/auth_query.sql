-- In the application's database, as a superuser: psql -v password=… -f auth_query.sql
-- pgbouncer may ask for the password of one user by name, and for nothing else. Superusers' are
-- not told.
CREATE ROLE pgbouncer LOGIN PASSWORD :'password';
CREATE SCHEMA pgbouncer AUTHORIZATION pgbouncer;

CREATE FUNCTION pgbouncer.user_lookup(user_name text, OUT name text, OUT secret text)
RETURNS record
LANGUAGE sql
SECURITY DEFINER
SET search_path = pg_catalog
AS $$
  SELECT rolname, CASE WHEN rolvaliduntil < now() THEN NULL ELSE rolpassword END
  FROM pg_authid
  WHERE rolname = user_name AND rolcanlogin AND NOT rolsuper
$$;

REVOKE ALL ON FUNCTION pgbouncer.user_lookup(text) FROM public;
GRANT EXECUTE ON FUNCTION pgbouncer.user_lookup(text) TO pgbouncer;
