"""Reads what followed a reply: was it good, what should have been different, and can that reader be trusted?"""
