"""What the system does on this machine, beside what bare clients of the same parts do there in the same run."""
