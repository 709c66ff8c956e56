-- As for clients, of the statements that name a region.
merge into ${core}.region_dim as t
using (
  select
    v.region_id, v.version, v.status, v.name, v.parent, v.told_at, v.value_hash,
    v.begins,
    iff(v.status = 'ended', v.begins, v.next_begins) as ends,
    v.next_begins is null and v.status <> 'ended' as is_last
  from (
    select p.*, lead(p.begins) over (partition by p.region_id order by p.version) as next_begins
    from (
      select u.*, max(u.told_at) over (
        partition by u.region_id order by u.version rows between unbounded preceding and current row
      ) as begins
      from (
        select
          s.id as region_id, s.version, s.status, s.name, s.parent, s.told_at, s.value_hash
        from ${stage}.statements_staging as s
        where s.kind = 'region'
        qualify row_number() over (partition by s.id, s.version order by s.value_hash) = 1
        union all
        select
          d.region_id, d.version, d.status, d.name, d.parent, d.told_at, d.value_hash
        from ${core}.region_dim as d
        where d.region_id in (select s.id from ${stage}.statements_staging as s where s.kind = 'region')
          and not exists (
            select 1 from ${stage}.statements_staging as s
            where s.id = d.region_id and s.version = d.version and s.kind = 'region'
          )
      ) as u
    ) as p
  ) as v
) as n
on t.region_id = n.region_id and t.version = n.version
when matched and (
  t.valid_from <> n.begins or t.valid_to is distinct from n.ends or t.is_current <> n.is_last
) then update set valid_from = n.begins, valid_to = n.ends, is_current = n.is_last
when not matched then insert (
  region_id, version, status, name, parent, told_at, value_hash, valid_from, valid_to, is_current
) values (
  n.region_id, n.version, n.status, n.name, n.parent, n.told_at, n.value_hash, n.begins, n.ends, n.is_last
)
