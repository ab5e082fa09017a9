"""What holds whatever the database: who may do what, size classes, counting."""
