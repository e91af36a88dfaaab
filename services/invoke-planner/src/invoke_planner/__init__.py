"""The account's decider: accepts or rejects commands, books credits, and expands invokes into ordered sends."""
