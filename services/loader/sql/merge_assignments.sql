-- As for clients; a period is what one decision said, from when it held until the next.
merge into ${core}.assignments_fact as t
using (
  select
    v.client_id, v.version, v.client_version, v.status, v.territory, v.region, v.advisor, v.tier, v.segment,
    v.decided_by, v.rule_set, v.rule_number, v.rule_id, v.rule_priority, v.source_record, v.triggered_by,
    v.conflicts, v.previous_territory, v.previous_advisor, v.previous_tier, v.told_at, v.value_hash,
    v.begins,
    iff(v.status = 'ended', v.begins, v.next_begins) as ends,
    v.next_begins is null and v.status <> 'ended' as is_last
  from (
    select p.*, lead(p.begins) over (partition by p.client_id order by p.version) as next_begins
    from (
      select u.*, max(u.told_at) over (
        partition by u.client_id order by u.version rows between unbounded preceding and current row
      ) as begins
      from (
        select
          s.client_id, s.version, s.client_version, s.status, s.territory, s.region, s.advisor, s.tier,
          s.segment, s.decided_by, s.rule_set, s.rule_number, s.rule_id, s.rule_priority, s.source_record,
          s.triggered_by, s.conflicts, s.previous_territory, s.previous_advisor, s.previous_tier, s.told_at,
          s.value_hash
        from ${stage}.assignments_staging as s
        qualify row_number() over (partition by s.client_id, s.version order by s.value_hash) = 1
        union all
        select
          d.client_id, d.version, d.client_version, d.status, d.territory, d.region, d.advisor, d.tier,
          d.segment, d.decided_by, d.rule_set, d.rule_number, d.rule_id, d.rule_priority, d.source_record,
          d.triggered_by, d.conflicts, d.previous_territory, d.previous_advisor, d.previous_tier, d.told_at,
          d.value_hash
        from ${core}.assignments_fact as d
        where d.client_id in (select s.client_id from ${stage}.assignments_staging as s)
          and not exists (
            select 1 from ${stage}.assignments_staging as s
            where s.client_id = d.client_id and s.version = d.version
          )
      ) as u
    ) as p
  ) as v
) as n
on t.client_id = n.client_id and t.version = n.version
when matched and (
  t.effective_from <> n.begins or t.effective_to is distinct from n.ends or t.is_current <> n.is_last
) then update set effective_from = n.begins, effective_to = n.ends, is_current = n.is_last
when not matched then insert (
  client_id, version, client_version, status, territory, region, advisor, tier, segment, decided_by, rule_set,
  rule_number, rule_id, rule_priority, source_record, triggered_by, conflicts, previous_territory,
  previous_advisor, previous_tier, told_at, value_hash, effective_from, effective_to, is_current
) values (
  n.client_id, n.version, n.client_version, n.status, n.territory, n.region, n.advisor, n.tier, n.segment,
  n.decided_by, n.rule_set, n.rule_number, n.rule_id, n.rule_priority, n.source_record, n.triggered_by,
  n.conflicts, n.previous_territory, n.previous_advisor, n.previous_tier, n.told_at, n.value_hash, n.begins,
  n.ends, n.is_last
)
