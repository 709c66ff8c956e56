-- Parse what was just loaded of `assigned`. An assignment holds from the time at which it was decided.
insert into ${stage}.assignments_staging
select
  j:client_id::varchar, j:version::number, j:client_version::number, j:status::varchar,
  coalesce(j:territory::varchar, 'UNASSIGNED'), j:region::varchar, j:advisor::varchar, j:tier::varchar,
  j:segment::varchar, j:decided_by::varchar, j:rule.set::varchar, j:rule.number::number, j:rule.id::varchar,
  j:rule.priority::number, j:source_record::varchar, j:trigger::varchar, j:conflicts::varchar,
  j:previous.territory::varchar, j:previous.advisor::varchar, j:previous.tier::varchar,
  convert_timezone('UTC', j:effective_from::varchar::timestamp_tz)::timestamp_ntz, value_hash
from (
  select appended_ms, value_hash, record_key, try_parse_json(value) as j from ${raw}.assigned where ${ranges}
) as told
where j:client_id::varchar = record_key and j:version is not null
  and j:status::varchar in ('assigned', 'unassigned', 'ended')
