"""What every e-mail of the brand carries around its text."""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Letterhead:
    """The name above a message, and what stands under it: config/letterhead.yaml."""

    shop: str
    footer: tuple[str, ...]
    postal_address: str
    unsubscribe: str = "Unsubscribe"
    button: str = "Go to the website"
    accent: str = "#2f4a3c"

    def __post_init__(self) -> None:
        if not self.shop.strip() or not self.postal_address.strip():
            raise ValueError("shop and postal_address are needed: the law asks who writes")
        if not self.unsubscribe.strip() or not self.button.strip():
            raise ValueError("unsubscribe and button need a word")
        if not re.fullmatch(r"#[0-9a-fA-F]{6}", self.accent):
            raise ValueError("accent is a colour such as #2f4a3c")
