-- How far each partition is loaded; moved by compare-and-set in the transaction that loads.
create table if not exists ${stage}.ledger (
  topic varchar not null, topic_partition number(9, 0) not null, topic_id varchar not null,
  next_offset number(19, 0) not null, rows_loaded number(19, 0) not null, object_key varchar, loaded_at timestamp_ntz
) data_retention_time_in_days = 3;
-- What was read and is not yet in CORE: a batch that a critical check holds back waits here.
create table if not exists ${stage}.clients_staging (
  client_id varchar, version number(19, 0), status varchar, pool varchar, name varchar, client_type varchar,
  country varchar, city varchar, lei varchar, industry varchar, aum varchar, aum_currency varchar, parent_record varchar,
  confidence number(5, 2), oversized boolean, member_count number(9, 0), members varchar,
  ended_into varchar, moved varchar, split_from varchar,
  told_at timestamp_ntz, value_hash varchar
) data_retention_time_in_days = 3;
create table if not exists ${stage}.assignments_staging (
  client_id varchar, version number(19, 0), client_version number(19, 0), status varchar, territory varchar,
  region varchar, advisor varchar, tier varchar, segment varchar, decided_by varchar, rule_set varchar,
  rule_number number(9, 0), rule_id varchar, rule_priority number(9, 0), source_record varchar, triggered_by varchar,
  conflicts varchar, previous_territory varchar, previous_advisor varchar, previous_tier varchar,
  told_at timestamp_ntz, value_hash varchar
) data_retention_time_in_days = 3;
create table if not exists ${stage}.statements_staging (
  kind varchar, id varchar, version number(19, 0), status varchar, name varchar, region varchar, parent varchar,
  territories varchar, capacity number(9, 0), active boolean, told_at timestamp_ntz, value_hash varchar
) data_retention_time_in_days = 3;
-- Rows of `deduped`, `assigned` and `reference` that are not what these topics hold: in RAW, and never in CORE.
create table if not exists ${stage}.unreadable (
  topic varchar, topic_partition number(9, 0), record_offset number(19, 0), record_key varchar, told_at timestamp_ntz
) data_retention_time_in_days = 3;
