-- One version of one id, told in two ways: what STAGE holds of it waits there until somebody says which is true.
create or replace view ${stage}.clients_told_twice as
select client_id, version from (
  select client_id, version, value_hash from ${stage}.clients_staging
  union all
  select d.client_id, d.version, d.value_hash from ${core}.client_dim as d
  join ${stage}.clients_staging as s on s.client_id = d.client_id and s.version = d.version
) as told
group by client_id, version having count(distinct value_hash) > 1;
create or replace view ${stage}.assignments_told_twice as
select client_id, version from (
  select client_id, version, value_hash from ${stage}.assignments_staging
  union all
  select d.client_id, d.version, d.value_hash from ${core}.assignments_fact as d
  join ${stage}.assignments_staging as s on s.client_id = d.client_id and s.version = d.version
) as told
group by client_id, version having count(distinct value_hash) > 1;
-- What of STAGE goes to CORE, as CORE has it.
create or replace view ${stage}.clients_ready as
select
  s.client_id, s.version, s.status, s.pool, s.name, s.client_type, s.country, s.city, s.lei, s.industry,
  try_to_decimal(s.aum, 30, 6) as aum, s.aum_currency, s.parent_record, s.confidence, s.oversized, s.member_count,
  s.members, s.ended_into, s.moved, s.split_from, s.told_at, s.value_hash
from ${stage}.clients_staging as s
left join ${stage}.clients_told_twice as w on w.client_id = s.client_id and w.version = s.version
where w.client_id is null;
create or replace view ${stage}.assignments_ready as
select s.*
from ${stage}.assignments_staging as s
left join ${stage}.assignments_told_twice as w on w.client_id = s.client_id and w.version = s.version
where w.client_id is null;
create or replace view ${stage}.regions_ready as
select id as region_id, version, status, name, parent, told_at, value_hash
from ${stage}.statements_staging where kind = 'region';
create or replace view ${stage}.territories_ready as
select id as territory_id, version, status, name, region, told_at, value_hash
from ${stage}.statements_staging where kind = 'territory';
create or replace view ${stage}.advisors_ready as
select id as advisor_id, version, status, name, territories, capacity, active, told_at, value_hash
from ${stage}.statements_staging where kind = 'advisor';
