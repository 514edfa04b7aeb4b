"""Reading by columns: whole results as frames, never row objects."""
