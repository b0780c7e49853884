"""What the command line reads, a file a group of its commands: as the operator, who may see everything anyway."""
