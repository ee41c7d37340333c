"""How a notice looks: its words as shapes, its place, and whether these pixels show it."""
