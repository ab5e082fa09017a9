"""The room's door to regionomics and to arrays."""
