"""How the providers do: figures over windows of time, derived and never on the path of a message."""
