-- Parse what was just loaded of `deduped`. ${ranges}: the partitions and offsets of this load. ${readable}: what can be
-- parsed; no cast here may fail, since the row would come again with every load.
insert into ${stage}.clients_staging
select
  j:client_id::varchar, try_cast(j:version::varchar as number(19, 0)), j:status::varchar, j:pool::varchar,
  j:golden.name::varchar,
  j:golden.client_type::varchar, j:golden.country::varchar, j:golden.city::varchar, j:golden.lei::varchar,
  j:golden.industry::varchar, j:golden.aum.amount::varchar, j:golden.aum.currency::varchar,
  j:golden.parent_record::varchar, coalesce(try_cast(j:confidence::varchar as number(5, 2)), 100),
  coalesce(try_cast(j:oversized::varchar as boolean), false),
  coalesce(array_size(j:members), 0), j:members::varchar, j:into::varchar, j:moved::varchar, j:split_from::varchar,
  to_timestamp_ntz(appended_ms, 3), value_hash
from (
  select appended_ms, value_hash, record_key, try_parse_json(value) as j from ${raw}.deduped where ${ranges}
) as told
where ${readable}
