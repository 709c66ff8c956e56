"""The edges of ingest: files it reads, topics it writes."""
