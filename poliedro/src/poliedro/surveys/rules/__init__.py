"""What a questionnaire is, which of its questions a person sees, and what their answers come to. Plain Python."""
