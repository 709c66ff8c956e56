-- What each check of each load found; `held` where the load was kept in STAGE because of it.
create table if not exists ${core}.quality_results (
  checked_at timestamp_ntz, name varchar, severity varchar, found number(19, 0), threshold number(19, 0),
  passed boolean, held boolean
) data_retention_time_in_days = 30;
