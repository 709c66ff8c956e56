-- What a view tells of another client must not be more than the reader sees of it. Replacing a view on a real account
-- takes its policy and its grants away: access/107 gives them back.
-- A parent is told where the client that holds its record is of the same region, or where nobody holds it.
create or replace secure view ${core}.v_client_hierarchy as
select
  a.client_id, a.name, a.territory, a.region,
  iff(x.client_id is null or p.region is not distinct from a.region, c.parent_record, null) as parent_record,
  iff(p.region is not distinct from a.region, p.client_id, null) as parent_client_id,
  iff(p.region is not distinct from a.region, p.name, null) as parent_name,
  iff(p.region is not distinct from a.region, p.territory, null) as parent_territory
from ${core}.v_client_assignments as a
join ${core}.client_dim as c on c.client_id = a.client_id and c.is_current
left join ${core}.client_xref as x on x.record_key = c.parent_record and x.is_current
left join ${core}.v_client_assignments as p on p.client_id = x.client_id;
-- A name is the one that the client had when it was assigned so; today's for what stands today.
create or replace secure view ${core}.v_assignment_history as
select
  a.client_id, c.name, a.version, a.status, a.territory, a.region, a.advisor, a.tier, a.segment, a.decided_by,
  a.rule_set, a.rule_number, a.rule_id, a.triggered_by, a.effective_from, a.effective_to, a.is_current, a.moved
from (
  select
    f.*, lag(f.territory) over (partition by f.client_id order by f.version) is distinct from f.territory as moved
  from ${core}.assignments_fact as f
) as a
left join ${core}.client_dim as c
  on c.client_id = a.client_id and c.name is not null and (a.is_current or c.version <= a.client_version)
qualify row_number() over (partition by a.client_id, a.version order by c.version desc) = 1;
