"""The same release under the tools that a team would use instead: a shell script, testinfra and Robot Framework."""
