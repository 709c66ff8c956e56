"""The outside of the api: SQLite, Kafka's commands, the warehouse."""
