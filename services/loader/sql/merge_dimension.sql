-- As for clients, of the statements of one kind: regions, territories, advisors. `${..._columns}`: what is said of one.
merge into ${core}.${kind}_dim as t
using (
  select
    v.${kind}_id, v.version, v.status, ${v_columns}, v.told_at, v.value_hash,
    v.begins,
    iff(v.status = 'ended', v.begins, v.next_begins) as ends,
    v.next_begins is null and v.status <> 'ended' as is_last
  from (
    select p.*, lead(p.begins) over (partition by p.${kind}_id order by p.version) as next_begins
    from (
      select u.*, max(u.told_at) over (
        partition by u.${kind}_id order by u.version rows between unbounded preceding and current row
      ) as begins
      from (
        select
          s.id as ${kind}_id, s.version, s.status, ${s_columns}, s.told_at, s.value_hash
        from ${stage}.statements_staging as s
        where s.kind = '${kind}'
        qualify row_number() over (partition by s.id, s.version order by s.value_hash) = 1
        union all
        select
          d.${kind}_id, d.version, d.status, ${d_columns}, d.told_at, d.value_hash
        from ${core}.${kind}_dim as d
        where d.${kind}_id in (select s.id from ${stage}.statements_staging as s where s.kind = '${kind}')
          and not exists (
            select 1 from ${stage}.statements_staging as s
            where s.id = d.${kind}_id and s.version = d.version and s.kind = '${kind}'
          )
      ) as u
    ) as p
  ) as v
) as n
on t.${kind}_id = n.${kind}_id and t.version = n.version
when matched and (
  t.valid_from <> n.begins or t.valid_to is distinct from n.ends or t.is_current <> n.is_last
) then update set valid_from = n.begins, valid_to = n.ends, is_current = n.is_last
when not matched then insert (
  ${kind}_id, version, status, ${columns}, told_at, value_hash, valid_from, valid_to, is_current
) values (
  n.${kind}_id, n.version, n.status, ${n_columns}, n.told_at, n.value_hash, n.begins, n.ends, n.is_last
)
