-- RAW keeps what came, STAGE what is on its way, CORE what is asked. No row of RAW or CORE is deleted.
create database if not exists ${raw_database};
create schema if not exists ${raw} data_retention_time_in_days = 7;
create database if not exists ${stage_database};
create schema if not exists ${stage} data_retention_time_in_days = 3;
create database if not exists ${core_database};
create schema if not exists ${core} data_retention_time_in_days = 30;
