"""What models of every kind need: packages and checkpoints read late and safely, a table."""
