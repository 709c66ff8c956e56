-- Type 2: a row a version, its period derived from the set of versions alone, so that the order of loading cannot matter.
-- valid_to is where the next version begins. An ended version is a row of no length, which closes the one before.
create table if not exists ${core}.client_dim (
  client_id varchar not null, version number(19, 0) not null, status varchar, pool varchar, name varchar,
  client_type varchar, country varchar, city varchar, lei varchar, industry varchar, aum number(30, 6),
  aum_currency varchar, parent_record varchar, confidence number(5, 2), oversized boolean, member_count number(9, 0),
  ended_into varchar, moved varchar, split_from varchar, told_at timestamp_ntz, value_hash varchar,
  valid_from timestamp_ntz, valid_to timestamp_ntz, is_current boolean
) cluster by (client_id) data_retention_time_in_days = 30;
create table if not exists ${core}.client_xref (
  record_key varchar not null, client_id varchar not null, version number(19, 0) not null,
  valid_from timestamp_ntz, valid_to timestamp_ntz, is_current boolean
) cluster by (record_key) data_retention_time_in_days = 30;
create table if not exists ${core}.assignments_fact (
  client_id varchar not null, version number(19, 0) not null, client_version number(19, 0), status varchar,
  territory varchar, region varchar, advisor varchar, tier varchar, segment varchar, decided_by varchar,
  rule_set varchar, rule_number number(9, 0), rule_id varchar, rule_priority number(9, 0), source_record varchar,
  triggered_by varchar, conflicts varchar, previous_territory varchar, previous_advisor varchar, previous_tier varchar,
  told_at timestamp_ntz, value_hash varchar,
  effective_from timestamp_ntz, effective_to timestamp_ntz, is_current boolean
) cluster by (client_id) data_retention_time_in_days = 30;
create table if not exists ${core}.region_dim (
  region_id varchar not null, version number(19, 0) not null, status varchar, name varchar, parent varchar,
  told_at timestamp_ntz, value_hash varchar, valid_from timestamp_ntz, valid_to timestamp_ntz, is_current boolean
) data_retention_time_in_days = 30;
create table if not exists ${core}.territory_dim (
  territory_id varchar not null, version number(19, 0) not null, status varchar, name varchar, region varchar,
  told_at timestamp_ntz, value_hash varchar, valid_from timestamp_ntz, valid_to timestamp_ntz, is_current boolean
) data_retention_time_in_days = 30;
create table if not exists ${core}.advisor_dim (
  advisor_id varchar not null, version number(19, 0) not null, status varchar, name varchar, territories varchar,
  capacity number(9, 0), active boolean,
  told_at timestamp_ntz, value_hash varchar, valid_from timestamp_ntz, valid_to timestamp_ntz, is_current boolean
) data_retention_time_in_days = 30;
-- What one unit of a currency is worth in US dollars now.
create or replace view ${core}.rates as
select substr(record_key, 6) as currency, try_parse_json(value):usd::varchar::number(24, 12) as usd
from ${raw}.reference
where startswith(record_key, 'rate:') and encoding <> 'none'
qualify row_number() over (partition by record_key order by record_offset desc) = 1;
