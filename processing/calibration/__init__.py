"""How late hands are and how wide a point of attention is: measured against eyes, among hands, or on a target."""
