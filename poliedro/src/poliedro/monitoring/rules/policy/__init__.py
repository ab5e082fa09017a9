"""The region's policy in plain Python: logic, mix of measures, money by priority, reconciliation."""
