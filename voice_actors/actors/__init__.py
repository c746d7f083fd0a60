"""The five actors. None imports another: they share `voice_actors.messages` and `voice_actors.lanes`."""
