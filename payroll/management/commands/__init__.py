"""Commands of `manage.py`: doors that parse arguments and call services."""
