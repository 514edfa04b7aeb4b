"""What is doubtful in the areas, as stored."""
