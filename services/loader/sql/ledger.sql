-- Compare-and-set: every partition stands where this batch was read from, or nothing is loaded. ${moves}: the batch's.
merge into ${stage}.ledger as t
using (
  select column1 as topic, column2 as topic_partition, column3 as topic_id, column4 as from_offset,
    column5 as next_offset, column6 as rows_loaded, column7 as object_key, column8::timestamp_ntz as loaded_at
  from values ${moves}
) as n
on t.topic = n.topic and t.topic_partition = n.topic_partition
when matched and t.topic_id = n.topic_id and t.next_offset = n.from_offset then update
  set next_offset = n.next_offset, rows_loaded = n.rows_loaded, object_key = n.object_key, loaded_at = n.loaded_at
when not matched and n.from_offset = 0 then insert
  (topic, topic_partition, topic_id, next_offset, rows_loaded, object_key, loaded_at)
values (n.topic, n.topic_partition, n.topic_id, n.next_offset, n.rows_loaded, n.object_key, n.loaded_at)
