-- Staged versions into their set; then the periods of all ids that they touch, from the whole set of their versions.
-- A version that CORE has stays as it was first told, so that what is told again changes nothing.
-- ${key}: the id; ${ready}: what of STAGE may go; ${..._columns}: what a version says; ${from}, ${to}: its period.
merge into ${core}.${into} as t
using (
  select
    v.${key}, v.version, ${v_columns},
    v.begins,
    iff(v.status = 'ended', v.begins, v.next_begins) as ends,
    v.next_begins is null and v.status <> 'ended' as is_last
  from (
    select p.*, lead(p.begins) over (partition by p.${key} order by p.version) as next_begins
    from (
      select u.*, max(u.told_at) over (
        partition by u.${key} order by u.version rows between unbounded preceding and current row
      ) as begins
      from (
        select s.${key}, s.version, ${s_columns}
        from ${stage}.${ready} as s
        where not exists (
          select 1 from ${core}.${into} as d where d.${key} = s.${key} and d.version = s.version
        )
        qualify row_number() over (partition by s.${key}, s.version order by s.told_at) = 1
        union all
        select d.${key}, d.version, ${d_columns}
        from ${core}.${into} as d
        where d.${key} in (select s.${key} from ${stage}.${ready} as s)
      ) as u
    ) as p
  ) as v
) as n
on t.${key} = n.${key} and t.version = n.version
when matched and (
  t.${from} <> n.begins or t.${to} is distinct from n.ends or t.is_current <> n.is_last
) then update set ${from} = n.begins, ${to} = n.ends, is_current = n.is_last
when not matched then insert (${key}, version, ${columns}, ${from}, ${to}, is_current)
values (n.${key}, n.version, ${n_columns}, n.begins, n.ends, n.is_last)
