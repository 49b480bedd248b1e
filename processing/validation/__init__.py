"""Looking at submissions and releases before anything is decoded: everything wrong with them, at once, in words."""
