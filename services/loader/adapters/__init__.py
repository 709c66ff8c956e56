"""The edges of the loader: the object store and the warehouse."""
