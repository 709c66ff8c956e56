-- A leader sees the rows of the regions that region_access names for them; engineers and analysts see all.
create table if not exists ${core}.region_access (user_name varchar not null, region varchar not null)
data_retention_time_in_days = 30;
grant select on table ${core}.region_access to role DATA_ENGINEER;
create row access policy if not exists ${core}.by_region as (row_region varchar) returns boolean ->
  is_role_in_session('DATA_ENGINEER') or is_role_in_session('CRM_ANALYST')
  or exists (select 1 from ${core}.region_access where user_name = current_user() and region = row_region);
alter view ${core}.v_territory_summary add row access policy ${core}.by_region on (region);
alter view ${core}.v_client_assignments add row access policy ${core}.by_region on (region);
alter view ${core}.v_advisor_workload add row access policy ${core}.by_region on (region);
alter view ${core}.v_regional_performance add row access policy ${core}.by_region on (region);
alter view ${core}.v_client_hierarchy add row access policy ${core}.by_region on (region);
alter view ${core}.v_assignment_history add row access policy ${core}.by_region on (region);
