-- One table a topic, one row a record, every byte of it. `encoding`: text, base64 (key and value), none (a tombstone).
create table if not exists ${raw}.clients (
  topic_partition number(9, 0) not null, record_offset number(19, 0) not null, appended_ms number(19, 0) not null,
  record_key varchar, encoding varchar, value varchar, value_hash varchar, headers varchar
) cluster by (topic_partition, record_offset) data_retention_time_in_days = 7;
create table if not exists ${raw}.deduped (
  topic_partition number(9, 0) not null, record_offset number(19, 0) not null, appended_ms number(19, 0) not null,
  record_key varchar, encoding varchar, value varchar, value_hash varchar, headers varchar
) cluster by (topic_partition, record_offset) data_retention_time_in_days = 7;
create table if not exists ${raw}.assigned (
  topic_partition number(9, 0) not null, record_offset number(19, 0) not null, appended_ms number(19, 0) not null,
  record_key varchar, encoding varchar, value varchar, value_hash varchar, headers varchar
) cluster by (topic_partition, record_offset) data_retention_time_in_days = 7;
create table if not exists ${raw}.rejected (
  topic_partition number(9, 0) not null, record_offset number(19, 0) not null, appended_ms number(19, 0) not null,
  record_key varchar, encoding varchar, value varchar, value_hash varchar, headers varchar
) cluster by (topic_partition, record_offset) data_retention_time_in_days = 7;
create table if not exists ${raw}.reference (
  topic_partition number(9, 0) not null, record_offset number(19, 0) not null, appended_ms number(19, 0) not null,
  record_key varchar, encoding varchar, value varchar, value_hash varchar, headers varchar
) cluster by (topic_partition, record_offset) data_retention_time_in_days = 7;
create table if not exists ${raw}.audit (
  topic_partition number(9, 0) not null, record_offset number(19, 0) not null, appended_ms number(19, 0) not null,
  record_key varchar, encoding varchar, value varchar, value_hash varchar, headers varchar
) cluster by (topic_partition, record_offset) data_retention_time_in_days = 7;
