"""Makes the entities, projects and dated behaviour of one cycle from a scenario and a seed."""
