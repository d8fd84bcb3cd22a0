pytest_plugins = ("gate.plugin", "fixtures.target", "fixtures.workflow", "fixtures.knowledge", "fixtures.claude")
