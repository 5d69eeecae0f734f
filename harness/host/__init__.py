"""This machine: does it meet what a lab needs of it?"""
