-- What is in RAW and can never be in CORE. Only its own stage writes these topics, so this should stay empty.
insert into ${stage}.unreadable
select %s, topic_partition, record_offset, record_key, to_timestamp_ntz(appended_ms, 3)
from (
  select topic_partition, record_offset, record_key, appended_ms, encoding, try_parse_json(value) as j
  from ${table} where ${ranges}
) as told
where not coalesce(${readable}, false)
