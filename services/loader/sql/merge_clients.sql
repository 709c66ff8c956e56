-- Staged versions into the set; then the periods of the clients they touch, from the whole set of their versions.
merge into ${core}.client_dim as t
using (
  select
    v.client_id, v.version, v.status, v.pool, v.name, v.client_type, v.country, v.city, v.lei, v.industry,
    v.aum, v.aum_currency, v.parent_record, v.confidence, v.oversized, v.member_count, v.ended_into, v.moved,
    v.split_from, v.told_at, v.value_hash,
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
          s.client_id, s.version, s.status, s.pool, s.name, s.client_type, s.country, s.city, s.lei,
          s.industry, try_to_decimal(s.aum, 30, 6) as aum, s.aum_currency, s.parent_record, s.confidence,
          s.oversized, s.member_count, s.ended_into, s.moved, s.split_from, s.told_at, s.value_hash
        from ${stage}.clients_staging as s
        qualify row_number() over (partition by s.client_id, s.version order by s.value_hash) = 1
        union all
        select
          d.client_id, d.version, d.status, d.pool, d.name, d.client_type, d.country, d.city, d.lei,
          d.industry, d.aum, d.aum_currency, d.parent_record, d.confidence, d.oversized, d.member_count,
          d.ended_into, d.moved, d.split_from, d.told_at, d.value_hash
        from ${core}.client_dim as d
        where d.client_id in (select s.client_id from ${stage}.clients_staging as s)
          and not exists (
            select 1 from ${stage}.clients_staging as s
            where s.client_id = d.client_id and s.version = d.version
          )
      ) as u
    ) as p
  ) as v
) as n
on t.client_id = n.client_id and t.version = n.version
when matched and (
  t.valid_from <> n.begins or t.valid_to is distinct from n.ends or t.is_current <> n.is_last
) then update set valid_from = n.begins, valid_to = n.ends, is_current = n.is_last
when not matched then insert (
  client_id, version, status, pool, name, client_type, country, city, lei, industry, aum, aum_currency,
  parent_record, confidence, oversized, member_count, ended_into, moved, split_from, told_at, value_hash,
  valid_from, valid_to, is_current
) values (
  n.client_id, n.version, n.status, n.pool, n.name, n.client_type, n.country, n.city, n.lei, n.industry,
  n.aum, n.aum_currency, n.parent_record, n.confidence, n.oversized, n.member_count, n.ended_into, n.moved,
  n.split_from, n.told_at, n.value_hash, n.begins, n.ends, n.is_last
)
