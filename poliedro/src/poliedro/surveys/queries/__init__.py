"""What was asked and answered: sheets, results, campaigns in aggregate."""
