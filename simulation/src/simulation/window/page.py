"""The report as one self-contained page: figures, charts and verdicts, nothing fetched from anywhere."""
