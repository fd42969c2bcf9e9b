"""Tables, migrations and one repository a concept."""
