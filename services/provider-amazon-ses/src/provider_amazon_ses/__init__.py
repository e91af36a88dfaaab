"""Amazon SES (API v2), by its wire contract."""
