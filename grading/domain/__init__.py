"""How well an agent did, as pure functions of facts and rules."""
