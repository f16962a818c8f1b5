"""Playing a compliance window on a running platform, through its public contracts only."""
