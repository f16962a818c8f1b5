"""Makes the outside world of one compliance cycle: entities, projects and dated behaviour, from a scenario and a seed."""
