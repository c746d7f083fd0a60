"""What ToolExecutor is made of: a call on its way, the consent that it needs, and who blocks everybody else."""
