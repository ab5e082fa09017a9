"""From a study's frozen extract to its stored result: variables, effects, checks."""
