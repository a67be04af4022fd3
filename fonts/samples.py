#!/usr/bin/env python3
"""Sets the name of each display font in itself, as outlines, for the studio's page of the brand kit.

    python3 samples.py > ../crates/web/assets/typefaces.svg

Run it only when a font is added or renewed; the result is committed. Needs fonttools (`pip install fonttools`).
"""

import pathlib

from fontTools.pens.boundsPen import BoundsPen
from fontTools.pens.svgPathPen import SVGPathPen
from fontTools.pens.transformPen import TransformPen
from fontTools.ttLib import TTFont

HERE = pathlib.Path(__file__).parent
NAMES = {
    "anton": "Anton",
    "archivo-black": "Archivo Black",
    "bangers": "Bangers",
    "bebas-neue": "Bebas Neue",
    "inter": "Inter",
    "luckiest-guy": "Luckiest Guy",
    "montserrat": "Montserrat",
    "oswald": "Oswald",
    "permanent-marker": "Permanent Marker",
    "playfair-display": "Playfair Display",
    "poppins": "Poppins",
}
# Units of a capital's height in the drawing.
CAPITAL = 100


def outline(file, text):
    """The text as one path, its capitals CAPITAL units high, and the box that it fills."""
    font = TTFont(file)
    glyphs, letters = font.getGlyphSet(), font.getBestCmap()
    bounds = BoundsPen(glyphs)
    glyphs[letters[ord("H")]].draw(bounds)
    scale = CAPITAL / bounds.bounds[3]
    pen, box = SVGPathPen(glyphs, ntos=lambda number: str(round(number))), BoundsPen(glyphs)
    x = 0.0
    for letter in text:
        glyph = glyphs[letters[ord(letter)]]
        place = (scale, 0, 0, -scale, x, CAPITAL)
        glyph.draw(TransformPen(pen, place))
        glyph.draw(TransformPen(box, place))
        x += glyph.width * scale
    return pen.getCommands(), box.bounds


print('<svg xmlns="http://www.w3.org/2000/svg">')
for name, text in NAMES.items():
    path, (left, top, right, bottom) = outline(HERE / f"{name}.ttf", text)
    # One box for all, from the left: names stand on one line in one size.
    view = f"{round(left) - 2} -25 {round(right - left) + 4} 160"
    print(f'<symbol id="{name}" viewBox="{view}" preserveAspectRatio="xMinYMid meet"><path d="{path}"/></symbol>')
print("</svg>")
