-- Who there is. DATA_ENGINEER loads and repairs, CRM_ANALYST reads CORE, SALES_LEADERSHIP reads secure views, by region.
create role if not exists DATA_ENGINEER;
create role if not exists CRM_ANALYST;
create role if not exists SALES_LEADERSHIP;
create warehouse if not exists CADASTRE_LOAD warehouse_size = 'SMALL'
auto_suspend = 60 auto_resume = true initially_suspended = true;
alter database ${raw_database} set data_retention_time_in_days = 7;
alter database ${stage_database} set data_retention_time_in_days = 3;
alter database ${core_database} set data_retention_time_in_days = 30;
