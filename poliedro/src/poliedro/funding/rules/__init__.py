"""What calls decide with: facts, conditions, explanations, soundness, money. Plain Python."""
