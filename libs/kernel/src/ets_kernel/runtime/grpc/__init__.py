"""gRPC servers and clients with one behaviour: tokens, rules of the contract, errors that survive a hop."""
