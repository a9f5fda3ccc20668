"""What an agent is paid, and why, as pure functions of facts and rules."""
