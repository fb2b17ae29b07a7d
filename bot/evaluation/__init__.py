"""What `make evaluate` measures: cases, results, figures, tables and plots.

Nothing here is tuned on what it measures; thresholds come from `bot.tune`.
"""
