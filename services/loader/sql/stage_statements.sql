-- Parse what was just loaded of `reference`: its offset is the version. A removed statement is an ended one.
-- ${readable}: what can be parsed; no cast here may fail, since the row would come again with every load.
insert into ${stage}.statements_staging
select
  split_part(record_key, ':', 1), substr(record_key, position(':' in record_key) + 1), record_offset,
  iff(encoding = 'none', 'ended', 'live'), j:name::varchar, j:region::varchar, j:parent::varchar,
  j:territories::varchar, try_cast(j:capacity::varchar as number(9, 0)),
  coalesce(try_cast(j:active::varchar as boolean), true), to_timestamp_ntz(appended_ms, 3), coalesce(value_hash, '')
from (
  select record_key, record_offset, encoding, appended_ms, value_hash, try_parse_json(value) as j
  from ${raw}.reference where ${ranges}
) as told
where split_part(record_key, ':', 1) in ('region', 'territory', 'advisor') and ${readable}
