"""Quorate: does a small cluster keep its promise when a part of it fails?"""
