"""Mutation tests: which small changes of a room would no test notice?"""
