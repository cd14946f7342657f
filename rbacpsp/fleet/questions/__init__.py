"""What a fleet is asked: one file a question that is not asked through the command of one cluster."""
