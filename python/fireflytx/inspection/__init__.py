"""What the history of a saga run tells those who look at it: the command line and the dashboard."""
