"""Knowledge servers built with other libraries than the reference server, each in an environment of its own."""
