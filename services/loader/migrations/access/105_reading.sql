-- What the api and analysts ask with, so that no question waits for a load.
create warehouse if not exists CADASTRE_READ warehouse_size = 'XSMALL'
auto_suspend = 60 auto_resume = true initially_suspended = true;
grant usage on warehouse CADASTRE_READ to role CRM_ANALYST;
