"""Service groups: one module each, with a synchronous and an asynchronous client."""
