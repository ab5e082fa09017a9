"""The room's doors to computation: rows -> frame -> function -> stored run."""
