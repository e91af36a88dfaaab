"""IBM Push Notifications (retired by its vendor), by its wire contract."""
