"""Amazon SNS mobile push, by its wire contract."""
