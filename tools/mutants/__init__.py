"""Mutation tests: finds small changes of a room that no test notices."""
