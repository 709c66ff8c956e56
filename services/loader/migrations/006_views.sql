-- What leaders and analysts read. Every view has `region`, by which rows are given to a leader (access/103).
create or replace secure view ${core}.v_client_assignments as
select
  c.client_id, c.name, c.client_type, c.industry, c.country, c.city, c.lei, c.aum, c.aum_currency,
  c.aum * r.usd as aum_usd, c.member_count, c.confidence, a.status, a.territory, t.name as territory_name, a.region,
  g.name as region_name, a.advisor, d.name as advisor_name, a.tier, a.segment, a.decided_by, a.rule_set,
  a.rule_number, a.rule_id, a.rule_priority, a.conflicts, a.effective_from, a.triggered_by
from ${core}.client_dim as c
join ${core}.assignments_fact as a on a.client_id = c.client_id and a.is_current
left join ${core}.territory_dim as t on t.territory_id = a.territory and t.is_current
left join ${core}.region_dim as g on g.region_id = a.region and g.is_current
left join ${core}.advisor_dim as d on d.advisor_id = a.advisor and d.is_current
left join ${core}.rates as r on r.currency = c.aum_currency
where c.is_current;
create or replace secure view ${core}.v_territory_summary as
select
  territory, territory_name, region, region_name, count(*) as clients, count(distinct advisor) as advisors,
  sum(aum_usd) as aum_usd, count_if(aum is not null and aum_usd is null) as clients_without_rate,
  count_if(decided_by = 'override') as overridden, min(effective_from) as longest_held_since
from ${core}.v_client_assignments
group by territory, territory_name, region, region_name;
create or replace secure view ${core}.v_advisor_workload as
select
  a.advisor, a.advisor_name, a.region, a.region_name, d.capacity, d.active, count(*) as clients,
  sum(count(*)) over (partition by a.advisor) as clients_everywhere,
  sum(count(*)) over (partition by a.advisor) > d.capacity as over_capacity, sum(a.aum_usd) as aum_usd
from ${core}.v_client_assignments as a
left join ${core}.advisor_dim as d on d.advisor_id = a.advisor and d.is_current
where a.advisor is not null
group by a.advisor, a.advisor_name, a.region, a.region_name, d.capacity, d.active;
create or replace secure view ${core}.v_regional_performance as
select
  region, region_name, tier, count(*) as clients, count(distinct territory) as territories,
  count(distinct advisor) as advisors, sum(aum_usd) as aum_usd,
  count_if(effective_from >= dateadd(day, -30, convert_timezone('UTC', current_timestamp())::timestamp_ntz))
    as decided_in_30_days
from ${core}.v_client_assignments
group by region, region_name, tier;
create or replace secure view ${core}.v_client_hierarchy as
select
  a.client_id, a.name, a.territory, a.region, c.parent_record,
  iff(p.region is not distinct from a.region, p.client_id, null) as parent_client_id,
  iff(p.region is not distinct from a.region, p.name, null) as parent_name,
  iff(p.region is not distinct from a.region, p.territory, null) as parent_territory
from ${core}.v_client_assignments as a
join ${core}.client_dim as c on c.client_id = a.client_id and c.is_current
left join ${core}.client_xref as x on x.record_key = c.parent_record and x.is_current
left join ${core}.v_client_assignments as p on p.client_id = x.client_id;
create or replace secure view ${core}.v_assignment_history as
select
  a.client_id, c.name, a.version, a.status, a.territory, a.region, a.advisor, a.tier, a.segment, a.decided_by,
  a.rule_set, a.rule_number, a.rule_id, a.triggered_by, a.effective_from, a.effective_to, a.is_current,
  lag(a.territory) over (partition by a.client_id order by a.version) is distinct from a.territory as moved
from ${core}.assignments_fact as a
left join (
  select client_id, name from ${core}.client_dim where name is not null
  qualify row_number() over (partition by client_id order by version desc) = 1
) as c on c.client_id = a.client_id;
