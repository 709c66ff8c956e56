-- Parse what was just loaded of `deduped`. ${ranges}: the partitions and offsets of this load.
insert into ${stage}.clients_staging
select
  j:client_id::varchar, j:version::number, j:status::varchar, j:pool::varchar, j:golden.name::varchar,
  j:golden.client_type::varchar, j:golden.country::varchar, j:golden.city::varchar, j:golden.lei::varchar,
  j:golden.industry::varchar, j:golden.aum.amount::varchar, j:golden.aum.currency::varchar,
  j:golden.parent_record::varchar, coalesce(j:confidence::number(5, 2), 100), coalesce(j:oversized::boolean, false),
  coalesce(array_size(j:members), 0), j:members::varchar, j:into::varchar, j:moved::varchar, j:split_from::varchar,
  to_timestamp_ntz(appended_ms, 3), value_hash
from (
  select appended_ms, value_hash, record_key, try_parse_json(value) as j from ${raw}.deduped where ${ranges}
) as told
where j:client_id::varchar = record_key and j:version is not null and j:status::varchar in ('live', 'ended')
