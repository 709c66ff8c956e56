-- The door to the bucket. `cadastre_s3` is made by the account's owner: it names a role of the cloud account.
create file format if not exists ${raw}.lines type = csv field_optionally_enclosed_by = '"' null_if = ()
empty_field_as_null = true escape_unenclosed_field = none compression = gzip;
create stage if not exists ${raw}.landing url = 's3://${bucket}/' storage_integration = cadastre_s3;
grant usage on file format ${raw}.lines to role DATA_ENGINEER;
grant usage on stage ${raw}.landing to role DATA_ENGINEER;
