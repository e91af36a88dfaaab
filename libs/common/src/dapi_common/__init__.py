"""What crosses the wire, and what runs every process."""
