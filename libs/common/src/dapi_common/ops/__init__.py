"""The families of `dapi` that are more than a call of a library."""
