"""What a study found, in words, figures, charts and tables: for its pages, and for the papers drawn in the background.

Beside the shelves, as a page and a task both read it.
"""
