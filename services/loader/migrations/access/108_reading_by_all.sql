-- Leaders need something to compute with; engineers read what CORE's views show, and analysts convert as these do.
grant usage on warehouse CADASTRE_READ to role SALES_LEADERSHIP;
grant select on all views in schema ${core} to role DATA_ENGINEER;
grant select on view ${core}.rates to role CRM_ANALYST;
-- What a later file makes is theirs as what is there; a leader's views are granted one by one.
grant select, insert, update, delete on future tables in schema ${raw} to role DATA_ENGINEER;
grant select, insert, update, delete on future tables in schema ${stage} to role DATA_ENGINEER;
grant select, insert, update, delete on future tables in schema ${core} to role DATA_ENGINEER;
grant select on future views in schema ${stage} to role DATA_ENGINEER;
grant select on future views in schema ${core} to role DATA_ENGINEER;
grant select on future tables in schema ${core} to role CRM_ANALYST;
