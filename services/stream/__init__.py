"""The one consume–process–produce loop, and all that touches Kafka."""
