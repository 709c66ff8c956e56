-- FORCE, since the ledger decides what was loaded and not the warehouse's own memory of files, which a rollback may keep.
copy into ${table} from @${raw}.landing files = (${files})
file_format = (format_name = '${raw}.lines') on_error = abort_statement force = true
