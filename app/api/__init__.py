"""The HTTP API: thin routes over the same services that the page uses."""
