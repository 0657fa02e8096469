"""What sites of staticDHCPd bring, fact by fact, each with the tests that show it; for tests.compat_document."""
