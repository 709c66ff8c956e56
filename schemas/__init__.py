"""The contract between the services: event types, topics, reason codes and the codec. It imports no service."""
