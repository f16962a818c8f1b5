"""What processes of the version before leave out, kept by the database: histories, names, numbers of certificates.

REG-83  What a process of the version before does to accounts and obligations is in their history too.

The first version knows an account from its opening, and an obligation from its notice to its one certificate. What it
leaves out of a row is a default of the column (see `tables`). These triggers add what no default can; a process of
this version gives all of it, so they change nothing of what it writes. History is added of openings, of notices and
of registered surrenders, as applications and forced surrenders prove them: any other change of a row stays a
contradiction for the checker to find (CHK-75).

A migration that changes rows of obligations runs `SET CONSTRAINTS ALL IMMEDIATE` before it alters their table:
PostgreSQL alters none for which a trigger still waits.
"""

from typing import Final

from sqlalchemy import DDL, Table, event

_FILL_OBLIGATION: Final = """
CREATE OR REPLACE FUNCTION obligation_of_old_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.name = '' THEN
    SELECT told.name INTO NEW.name FROM issuance_row AS told JOIN issuance USING (table_no)
    WHERE told.credit_code = NEW.credit_code AND issuance.period = NEW.period AND issuance.kind = 'VERIFIED' LIMIT 1;
    NEW.name := coalesce(NEW.name, '');
  END IF;
  IF NEW.completed_time IS NOT NULL THEN
    NEW.certificate_ordinal := greatest(NEW.certificate_ordinal, 1);
  END IF;
  RETURN NEW;
END $$
"""
_WATCH_OBLIGATION: Final = """
CREATE TRIGGER obligation_of_old_version BEFORE INSERT OR UPDATE ON obligation
FOR EACH ROW WHEN (NEW.name = '' OR NEW.completed_time IS NOT NULL AND NEW.certificate_ordinal = 0)
EXECUTE FUNCTION obligation_of_old_version()
"""
# At the end of the transaction, when this version has written its own.
_KEEP_OBLIGATION: Final = """
CREATE OR REPLACE FUNCTION obligation_keeps_history() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  own text[] := ARRAY['surrendered_tco2e', 'offset_tco2e', 'completed_time', 'certificate_ordinal'];
  owed record;
  last record;
  registered record;
BEGIN
  SELECT * INTO STRICT owed FROM obligation WHERE credit_code = NEW.credit_code AND period = NEW.period;
  SELECT * INTO last FROM obligation_version
  WHERE credit_code = owed.credit_code AND period = owed.period ORDER BY version_id DESC LIMIT 1;
  IF FOUND AND ((last.surrendered_tco2e, last.offset_tco2e) = (owed.surrendered_tco2e, owed.offset_tco2e)
    OR to_jsonb(last) - own - ARRAY['version_id', 'recorded_time'] <> to_jsonb(owed) - own)
  THEN
    RETURN NULL;
  END IF;
  SELECT coalesce(sum(quantity_tco2e) FILTER (WHERE NOT is_offset), 0) AS surrendered_tco2e,
    coalesce(sum(quantity_tco2e) FILTER (WHERE is_offset), 0) AS offset_tco2e, max(moment) AS moment INTO registered
  FROM (
    SELECT quantity_tco2e, is_offset, registered_time AS moment
    FROM surrender_application JOIN surrender_line USING (application_no)
    WHERE credit_code = owed.credit_code AND period = owed.period AND registered_time IS NOT NULL
    UNION ALL
    SELECT quantity_tco2e, false, confirmed_time FROM forced_surrender JOIN forced_surrender_line USING (case_no)
    WHERE credit_code = owed.credit_code AND period = owed.period AND status = 'registered'
  ) AS line;
  IF (registered.surrendered_tco2e, registered.offset_tco2e) = (owed.surrendered_tco2e, owed.offset_tco2e) THEN
    INSERT INTO obligation_version OVERRIDING SYSTEM VALUE SELECT (jsonb_populate_record(NULL::obligation_version,
      to_jsonb(owed) || jsonb_build_object(
        'version_id', nextval(pg_get_serial_sequence('obligation_version', 'version_id')),
        'recorded_time', greatest(last.recorded_time, owed.noticed_time, registered.moment)))).*;
  END IF;
  RETURN NULL;
END $$
"""
_WATCH_OBLIGATION_LATE: Final = """
CREATE CONSTRAINT TRIGGER obligation_keeps_history AFTER INSERT OR UPDATE ON obligation
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION obligation_keeps_history()
"""
_KEEP_ACCOUNT: Final = """
CREATE OR REPLACE FUNCTION account_keeps_history() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO account_version (account_no, version, status, name, province_code, licence_no, contact, opened_time,
    closed_time, restricted_uses, is_confirmation_needed, change, document_no, changed_by, recorded_time)
  VALUES (NEW.account_no, 1, NEW.status, NEW.name, NEW.province_code, NEW.licence_no, NEW.contact, NEW.opened_time,
    NULL, NEW.restricted_uses, NEW.is_confirmation_needed, 'opened', '', '', NEW.opened_time)
  ON CONFLICT (account_no, version) DO NOTHING;
  RETURN NULL;
END $$
"""
_WATCH_ACCOUNT_LATE: Final = """
CREATE CONSTRAINT TRIGGER account_keeps_history AFTER INSERT ON account
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.version = 1) EXECUTE FUNCTION account_keeps_history()
"""
# The version that wrote histories before sectors were told apart: what it does not name has not changed.
_FILL_VERSION: Final = """
CREATE OR REPLACE FUNCTION obligation_version_of_old_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  SELECT beside_power_tco2e, beside_steel_tco2e, beside_cement_tco2e, beside_aluminium_tco2e, is_through_province
  INTO NEW.beside_power_tco2e, NEW.beside_steel_tco2e, NEW.beside_cement_tco2e, NEW.beside_aluminium_tco2e,
    NEW.is_through_province
  FROM obligation WHERE credit_code = NEW.credit_code AND period = NEW.period;
  RETURN NEW;
END $$
"""
_WATCH_VERSION: Final = """
CREATE TRIGGER obligation_version_of_old_version BEFORE INSERT ON obligation_version
FOR EACH ROW WHEN (NOT NEW.is_through_province AND NEW.beside_power_tco2e + NEW.beside_steel_tco2e
  + NEW.beside_cement_tco2e + NEW.beside_aluminium_tco2e = 0)
EXECUTE FUNCTION obligation_version_of_old_version()
"""
_OBLIGATION: Final = (_FILL_OBLIGATION, _WATCH_OBLIGATION, _KEEP_OBLIGATION, _WATCH_OBLIGATION_LATE)
_ACCOUNT: Final = (_KEEP_ACCOUNT, _WATCH_ACCOUNT_LATE)
_VERSION: Final = (_FILL_VERSION, _WATCH_VERSION)
# For the migration that makes them, which has landed: what must change changes in a later one.
STATEMENTS: Final = _OBLIGATION + _ACCOUNT + _VERSION


def keep_histories(*, account: Table, obligation: Table) -> None:
    """Let the database keep what the version before leaves out, wherever the tables are created from."""
    _make(account, _ACCOUNT)
    _make(obligation, _OBLIGATION)


def fill_in_versions(obligation_version: Table) -> None:
    """Let the database fill in what a version before leaves out of a history that it writes itself."""
    _make(obligation_version, _VERSION)


def _make(table: Table, statements: tuple[str, ...]) -> None:
    for statement in statements:
        event.listen(table, "after_create", DDL(statement))  # type: ignore[no-untyped-call]
