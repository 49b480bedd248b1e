"""How well observers of one clip agree, what that allows a model to reach, and how many observers a clip needs."""
