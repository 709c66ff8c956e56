-- Which records each version of the touched clients holds, with the version's period: after the merge of clients.
merge into ${core}.client_xref as t
using (
  select held.record_key, d.client_id, d.version, d.valid_from, d.valid_to, d.is_current
  from ${core}.client_dim as d
  join (
    select m.value:record::varchar as record_key, s.client_id, s.version
    from (
      select client_id, version, parse_json(members) as members from ${stage}.clients_ready where members is not null
    ) as s, lateral flatten(input => s.members) as m
    where m.value:record::varchar is not null
    union
    select x.record_key, x.client_id, x.version from ${core}.client_xref as x
    where x.client_id in (select client_id from ${stage}.clients_ready)
  ) as held on held.client_id = d.client_id and held.version = d.version
) as n
on t.client_id = n.client_id and t.version = n.version and t.record_key = n.record_key
when matched and (
  t.valid_from <> n.valid_from or t.valid_to is distinct from n.valid_to or t.is_current <> n.is_current
) then update set valid_from = n.valid_from, valid_to = n.valid_to, is_current = n.is_current
when not matched then insert (record_key, client_id, version, valid_from, valid_to, is_current)
values (n.record_key, n.client_id, n.version, n.valid_from, n.valid_to, n.is_current)
