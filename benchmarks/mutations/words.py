"""What mutants are made with: other things, names and codes, and false sentences to add.

Written as a careless or dishonest editor would change a message; nothing here is taken from the
words the checks look for.
"""

OTHER_THINGS = {
    "T-shirts": ("boots", "coats"), "T-shirt": ("raincoat", "hoodie"),
    "jackets": ("shoes", "dresses"), "jacket": ("skirt", "sweater"),
    "vest": ("coat", "dress"), "sweaters": ("jeans", "boots"),
    "sweater": ("blazer", "dress"), "cardigan": ("jacket", "skirt"), "shirt": ("coat", "skirt"),
    "jeans": ("shirts", "boots"), "chinos": ("shorts", "shirts"), "pants": ("shoes", "dresses"),
    "blazer": ("coat", "cardigan"), "boots": ("sandals", "belts"), "polo": ("sweater", "jacket"),
    "belt": ("scarf", "bag"), "coat": ("dress", "cardigan"), "dresses": ("shoes", "coats"),
    "dress": ("skirt", "coat"), "blouse": ("dress", "jacket"), "skirt": ("dress", "coat"),
    "scarf": ("hat", "sweater"), "socks": ("gloves", "boots"), "pajamas": ("robes", "shirts"),
    "menswear": ("womenswear", "childrenswear"), "womenswear": ("menswear", "footwear"),
    "knitwear": ("outerwear", "footwear"), "footwear": ("jewelry", "luggage"),
    "merino": ("cashmere", "cotton"), "Standard delivery": ("Express delivery", "Every return"),
    "swatches": ("shirts", "catalogs"), "catalog": ("gift card", "care kit"),
    "personal shopping": ("hemming", "express delivery"), "gift box": ("gift card", "shipment"),
}  # fmt: skip
"""A thing as the demo's texts have it, and what an editor could write in its place."""

INVENTED_NAMES = ("Sable", "Whitby", "Larkin", "Orson")
INVENTED_CODES = ("LAYER25", "KNIT02", "SAVEMORE", "HELLO51", "WEB100", "FREESHIP")
TIERS = ("Silver", "Platinum", "Bronze", "VIP")

FALSE_CLAIMS = (
    ("All orders ship free this month.", "free"),
    ("You take 40 percent off as well.", "40 percent"),
    ("Prices start at $9.", "$9"),
    ("Every seam is guaranteed for life.", "for life"),
    ("The softest wool you can buy.", "softest"),
    ("Our customers gave it 4.9 of 5 stars.", "4.9"),
    ("Enter code EXTRA35 for more.", "EXTRA35"),
    ("See www.tolmanrow-outlet.example for the rest.", "www.tolmanrow-outlet.example"),
    ("Call us on 1-800-555-0142.", "1-800-555-0142"),
    ("Gold members get first pick.", "Gold members"),
    ("Returns are accepted for 365 days.", "365 days"),
    ("Delivery takes one business day.", "one business day"),
    ("Your money back, no questions asked.", "money back"),
    ("Buy one pair, get one free.", "get one free"),
    ("Two for one on all shirts.", "Two for one"),
    ("It was $260 and is now half price.", "$260"),
    ("The Whitby coat costs $120.", "Whitby"),
    ("We have 300 stores.", "300"),
    ("This offer has no exclusions.", "no exclusions"),
    ("Alterations are free of charge.", "free of charge"),
    ("Shipping is on us, whatever you spend.", "on us"),
    ("Nobody makes a better shirt.", "Nobody makes"),
    ("It lasts twice as long as other jeans.", "twice"),
    ("Made from 100 percent cashmere.", "100 percent cashmere"),
    ("Save a third on everything.", "third"),
)  # fmt: skip
"""Sentences the demo's documents do not support, and the words that have to be marked."""

URGENCIES = (
    ("Hurry, only a few are left.", "few are left"),
    ("They are selling out fast.", "selling out fast"),
    ("While stocks last.", "stocks last"),
    ("Only hours left.", "hours left"),
    ("The offer ends tonight.", "tonight"),
    ("It is over on Friday.", "Friday"),
    ("Nearly sold out.", "sold out"),
    ("Ends tomorrow at noon.", "tomorrow"),
    ("Stock is limited to 50 pieces.", "50"),
    ("The last day is this Sunday.", "Sunday"),
)  # fmt: skip
"""Pressure the demo's documents do not give a reason for, and the words that have to be marked."""
