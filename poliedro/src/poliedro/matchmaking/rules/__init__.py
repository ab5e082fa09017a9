"""Plain rules of the room: states and what may follow them, permissions, reasons."""
