"""What bare clients do here with the same bodies, records and documents: no service could do it for less."""
