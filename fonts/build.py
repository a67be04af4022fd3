#!/usr/bin/env python3
"""Collects the fonts of this folder from their sources. Run it only to renew them; the results are committed.

    python3 build.py NPM_FOLDER NOTO_FOLDER

NPM_FOLDER is where `npm install` put the `@expo-google-fonts/*` packages named in PROVENANCE.md. NOTO_FOLDER is where
the Debian packages fonts-noto-extra, fonts-noto-cjk-extra and fonts-noto-color-emoji were unpacked (`dpkg -x`).
Display fonts are copied as they are. Noto fonts are cut down to what a title needs, with fonttools (`pip install fonttools`).
"""

import pathlib
import shutil
import sys

from fontTools import subset
from fontTools.ttLib import TTFont

HERE = pathlib.Path(__file__).parent

DISPLAY = {
    "anton": ("anton", "400Regular/Anton_400Regular.ttf"),
    "archivo-black": ("archivo-black", "400Regular/ArchivoBlack_400Regular.ttf"),
    "bangers": ("bangers", "400Regular/Bangers_400Regular.ttf"),
    "bebas-neue": ("bebas-neue", "400Regular/BebasNeue_400Regular.ttf"),
    "inter": ("inter", "900Black/Inter_900Black.ttf"),
    "luckiest-guy": ("luckiest-guy", "400Regular/LuckiestGuy_400Regular.ttf"),
    "montserrat": ("montserrat", "900Black/Montserrat_900Black.ttf"),
    "oswald": ("oswald", "700Bold/Oswald_700Bold.ttf"),
    "permanent-marker": ("permanent-marker", "400Regular/PermanentMarker_400Regular.ttf"),
    "playfair-display": ("playfair-display", "900Black/PlayfairDisplay_900Black.ttf"),
    "poppins": ("poppins", "800ExtraBold/Poppins_800ExtraBold.ttf"),
}

SCRIPTS = [
    "Arabic", "Armenian", "Bengali", "Devanagari", "Ethiopic", "Georgian", "Gujarati", "Gurmukhi", "Hebrew", "Kannada",
    "Khmer", "Lao", "Malayalam", "Myanmar", "Oriya", "Sinhala", "Tamil", "Telugu", "Thai",
]  # fmt: skip


def characters(encoding, lead, trail):
    """Every character of a two-byte character set."""
    found = set()
    for a in lead:
        for b in trail:
            try:
                found.update(bytes([a, b]).decode(encoding))
            except UnicodeDecodeError:
                pass
    return {ord(c) for c in found}


EUC = range(0xA1, 0xFF)
JIS_X_0208 = characters("euc_jp", EUC, EUC)
GB_2312 = characters("gb2312", EUC, EUC)
# Big5 level 1, the 5401 characters in common use.
BIG5_COMMON = characters("big5", range(0xA4, 0xC7), [*range(0x40, 0x7F), *range(0xA1, 0xFF)])
HANGUL = set(range(0xAC00, 0xD7A4)) | set(range(0x3131, 0x318F))
HALF_AND_FULL_WIDTH = set(range(0xFF01, 0xFFEF))
CJK_PUNCTUATION = set(range(0x3000, 0x3040))


def cut(font, target, keep, features):
    options = subset.Options()
    options.layout_features = features
    options.hinting = False
    options.desubroutinize = False
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14, 16, 17]
    options.name_languages = [0x409]
    options.notdef_outline = True
    options.drop_tables += ["DSIG", "vhea", "vmtx", "VORG", "BASE"]
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=keep)
    subsetter.subset(font)
    font.save(target)
    print(f"{target.name}: {target.stat().st_size:,} bytes, {font['maxp'].numGlyphs} glyphs")


def main(npm, noto):
    npm, noto = pathlib.Path(npm) / "node_modules/@expo-google-fonts", pathlib.Path(noto) / "usr/share/fonts"
    for name, (package, file) in DISPLAY.items():
        shutil.copyfile(npm / package / file, HERE / f"{name}.ttf")
        shutil.copyfile(npm / package / "LICENSE_FONT", HERE / "licences" / f"{name}.txt")
    for script in SCRIPTS:
        font = TTFont(noto / f"truetype/noto/NotoSans{script}-Black.ttf", recalcTimestamp=False)
        cut(font, HERE / f"noto-sans-{script.lower()}.ttf", set(font.getBestCmap()), ["*"])
    features = ["ccmp", "kern", "liga", "calt", "mark", "mkmk", "rlig"]
    ttc = noto / "opentype/noto/NotoSansCJK-Black.ttc"
    japanese = (JIS_X_0208 | HANGUL | HALF_AND_FULL_WIDTH | CJK_PUNCTUATION) - set(range(0x0370, 0x0500))
    cut(TTFont(ttc, fontNumber=0, recalcTimestamp=False), HERE / "noto-sans-jp.otf", japanese, features)
    chinese = GB_2312 | BIG5_COMMON
    chinese = {c for c in chinese if c >= 0x2E80} | CJK_PUNCTUATION | HALF_AND_FULL_WIDTH
    chinese -= set(range(0x3040, 0x3100)) | set(range(0xAC00, 0xD7A4))
    cut(TTFont(ttc, fontNumber=2, recalcTimestamp=False), HERE / "noto-sans-sc.otf", chinese, features)
    shutil.copyfile(noto / "truetype/noto/NotoColorEmoji.ttf", HERE / "noto-color-emoji.ttf")


main(*sys.argv[1:])
