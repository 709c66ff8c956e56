-- Parse what was just loaded of `assigned`. An assignment holds from the time at which it was decided.
-- ${readable}: what can be parsed; no cast here may fail, since the row would come again with every load.
insert into ${stage}.assignments_staging
select
  j:client_id::varchar, try_cast(j:version::varchar as number(19, 0)),
  try_cast(j:client_version::varchar as number(19, 0)), j:status::varchar,
  coalesce(j:territory::varchar, 'UNASSIGNED'), j:region::varchar, j:advisor::varchar, j:tier::varchar,
  j:segment::varchar, j:decided_by::varchar, j:rule.set::varchar,
  try_cast(j:rule.number::varchar as number(9, 0)), j:rule.id::varchar,
  try_cast(j:rule.priority::varchar as number(9, 0)), j:source_record::varchar, j:trigger::varchar,
  j:conflicts::varchar, j:previous.territory::varchar, j:previous.advisor::varchar, j:previous.tier::varchar,
  convert_timezone('UTC', try_cast(j:effective_from::varchar as timestamp_tz))::timestamp_ntz, value_hash
from (
  select appended_ms, value_hash, record_key, try_parse_json(value) as j from ${raw}.assigned where ${ranges}
) as told
where ${readable}
