-- What of STAGE goes to CORE is told by views; whoever loads must be able to read them.
grant select on all views in schema ${stage} to role DATA_ENGINEER;
