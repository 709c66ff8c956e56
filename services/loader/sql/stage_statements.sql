-- Parse what was just loaded of `reference`: its offset is the version. A removed statement is an ended one.
insert into ${stage}.statements_staging
select
  split_part(record_key, ':', 1), substr(record_key, position(':' in record_key) + 1), record_offset,
  iff(encoding = 'none', 'ended', 'live'), j:name::varchar, j:region::varchar, j:parent::varchar,
  j:territories::varchar, j:capacity::number, coalesce(j:active::boolean, true), to_timestamp_ntz(appended_ms, 3),
  coalesce(value_hash, '')
from (
  select record_key, record_offset, encoding, appended_ms, value_hash, try_parse_json(value) as j
  from ${raw}.reference where ${ranges}
) as told
where split_part(record_key, ':', 1) in ('region', 'territory', 'advisor')
