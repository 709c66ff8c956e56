-- What 008 replaced has lost its policy and its grants where 103 and 102 came before it, and not where they came after.
alter view ${core}.v_client_hierarchy drop all row access policies;
alter view ${core}.v_client_hierarchy add row access policy ${core}.by_region on (region);
alter view ${core}.v_assignment_history drop all row access policies;
alter view ${core}.v_assignment_history add row access policy ${core}.by_region on (region);
grant select on view ${core}.v_client_hierarchy to role CRM_ANALYST;
grant select on view ${core}.v_client_hierarchy to role SALES_LEADERSHIP;
grant select on view ${core}.v_assignment_history to role CRM_ANALYST;
grant select on view ${core}.v_assignment_history to role SALES_LEADERSHIP;
