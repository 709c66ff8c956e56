-- As for clients, of the statements that name a advisor.
merge into ${core}.advisor_dim as t
using (
  select
    v.advisor_id, v.version, v.status, v.name, v.territories, v.capacity, v.active, v.told_at, v.value_hash,
    v.begins,
    iff(v.status = 'ended', v.begins, v.next_begins) as ends,
    v.next_begins is null and v.status <> 'ended' as is_last
  from (
    select p.*, lead(p.begins) over (partition by p.advisor_id order by p.version) as next_begins
    from (
      select u.*, max(u.told_at) over (
        partition by u.advisor_id order by u.version rows between unbounded preceding and current row
      ) as begins
      from (
        select
          s.id as advisor_id, s.version, s.status, s.name, s.territories, s.capacity, s.active, s.told_at,
          s.value_hash
        from ${stage}.statements_staging as s
        where s.kind = 'advisor'
        qualify row_number() over (partition by s.id, s.version order by s.value_hash) = 1
        union all
        select
          d.advisor_id, d.version, d.status, d.name, d.territories, d.capacity, d.active, d.told_at,
          d.value_hash
        from ${core}.advisor_dim as d
        where d.advisor_id in (select s.id from ${stage}.statements_staging as s where s.kind = 'advisor')
          and not exists (
            select 1 from ${stage}.statements_staging as s
            where s.id = d.advisor_id and s.version = d.version and s.kind = 'advisor'
          )
      ) as u
    ) as p
  ) as v
) as n
on t.advisor_id = n.advisor_id and t.version = n.version
when matched and (
  t.valid_from <> n.begins or t.valid_to is distinct from n.ends or t.is_current <> n.is_last
) then update set valid_from = n.begins, valid_to = n.ends, is_current = n.is_last
when not matched then insert (
  advisor_id, version, status, name, territories, capacity, active, told_at, value_hash, valid_from, valid_to,
  is_current
) values (
  n.advisor_id, n.version, n.status, n.name, n.territories, n.capacity, n.active, n.told_at, n.value_hash,
  n.begins, n.ends, n.is_last
)
