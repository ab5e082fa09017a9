"""Pages: parse the request, ask the rooms below, show components."""
