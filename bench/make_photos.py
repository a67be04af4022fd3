"""Makes phone-like photos to measure with: python3 bench/make_photos.py OUT_DIR [IMAGE]. Needs pillow and numpy.

Enlarges a portrait to 12 and 48 megapixels, adds noise as of a sensor and writes JPEG quality 92, 4:2:0, stored on
its side with Exif orientation 6, as phones do. The same numbers every time.
"""
import os
import sys

import numpy as np
from PIL import Image

PORTRAIT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "examples", "photos", "astronaut.png")
SIZES = {"12mp": (4032, 3024), "48mp": (8064, 6048)}

folder = sys.argv[1]
portrait = Image.open(sys.argv[2] if len(sys.argv) > 2 else PORTRAIT).convert("RGB")
rng = np.random.default_rng(1)
for name, (width, height) in SIZES.items():
    side = max(width, height)
    photo = portrait.resize((side, side), Image.Resampling.LANCZOS).crop((0, 0, height, width)).rotate(90, expand=True)
    values = np.asarray(photo, dtype=np.int16)
    values = values + np.rint(rng.normal(0, 4, values.shape)).astype(np.int16)
    photo = Image.fromarray(np.clip(values, 0, 255).astype(np.uint8))
    exif = Image.Exif()
    exif[0x0112] = 6
    path = os.path.join(folder, f"{name}.jpg")
    photo.save(path, quality=92, subsampling=2, exif=exif)
    print(path, photo.size, os.path.getsize(path))
