"""How pretend machines behave between two questions: heat, fans, hashing, shares. Pure: no clock, no loop, no files."""
