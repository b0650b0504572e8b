-- SPDX-License-Identifier: Apache-2.0
-- The users of a PostgreSQL 15 in which stores are kept (`store.postgres`), and
-- what each may do.  Once, as a superuser:
--
--   CREATE DATABASE lazaret TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C';
--   \c lazaret
--   \i postgres.sql
--
-- Each role writes its own schema and reads the others'; who is who (account)
-- and who looked it up (audit) is read by lazaret_reveal alone, keys by their
-- owner.  A person who runs `lazaret case` comes under the login name (or
-- PGUSER), root as root, and is a member of lazaret_read, of lazaret_reveal to
-- see accounts:
--
--   CREATE ROLE root LOGIN IN ROLE lazaret_read;
--
-- How users prove who they are is pg_hba.conf's and pg_ident.conf's.  By socket:
--
--   local    lazaret  all  peer map=lazaret          # pg_hba.conf, before others
--   lazaret  /^lazaret-(.*)$  lazaret_\1            # pg_ident.conf
--   lazaret  root               root
--
-- peer asks the system for a user's name: the accounts lazaret-ROLE must be
-- there (systemd-sysusers makes them of deploy/systemd/lazaret.sysusers.conf).
-- Roles that run under a bare number have none, and are refused.
CREATE ROLE lazaret_read NOLOGIN;
CREATE ROLE lazaret_reveal NOLOGIN;
CREATE ROLE lazaret_desk LOGIN;
CREATE ROLE lazaret_notifier LOGIN IN ROLE lazaret_read, lazaret_reveal;
CREATE ROLE lazaret_enforcer LOGIN IN ROLE lazaret_read;
CREATE ROLE lazaret_web LOGIN IN ROLE lazaret_read, lazaret_reveal;

REVOKE ALL ON SCHEMA public FROM PUBLIC;
CREATE SCHEMA desk AUTHORIZATION lazaret_desk;
CREATE SCHEMA keys AUTHORIZATION lazaret_desk;
CREATE SCHEMA notifier AUTHORIZATION lazaret_notifier;
CREATE SCHEMA enforcer AUTHORIZATION lazaret_enforcer;
