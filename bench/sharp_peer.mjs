// node bench/sharp_peer.mjs PHOTO RUNS CONCURRENCY [OUT_DIR]
//
// sharp at its best: one decode of the photo to 2048 px, and from that a JPEG of quality 90 and a WebP preview of
// 512 px and quality 80. Prints one line of JSON: images a second, processor time an image, and the peak memory of the process (about 60 MB
// of it are Node's own). With OUT_DIR the two files are written there.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';

const [photo, runs = '20', concurrency = '2', folder] = process.argv.slice(2);
const bytes = readFileSync(photo);
sharp.cache(false);
// One thread an image: images are worked on side by side.
sharp.concurrency(1);

async function both() {
  const { data, info } = await sharp(bytes)
    .autoOrient()
    .resize(2048, 2048, { fit: 'inside' })
    .raw()
    .toBuffer({ resolveWithObject: true });
  const raw = { raw: { width: info.width, height: info.height, channels: info.channels } };
  const image = await sharp(data, raw).jpeg({ quality: 90 }).toBuffer();
  const preview = await sharp(data, raw).resize(512, 512, { fit: 'inside' }).webp({ quality: 80 }).toBuffer();
  return { image, preview };
}

const first = await both();
if (folder) {
  writeFileSync(join(folder, 'sharp.jpg'), first.image);
  writeFileSync(join(folder, 'sharp.webp'), first.preview);
}
let left = Number(runs);
const before = process.cpuUsage();
const start = performance.now();
await Promise.all(
  Array.from({ length: Number(concurrency) }, async () => {
    while (left-- > 0) await both();
  }),
);
const seconds = (performance.now() - start) / 1000;
const { user, system } = process.cpuUsage(before);
console.log(
  JSON.stringify({
    version: sharp.versions.sharp,
    images_per_s: Number(runs) / seconds,
    cpu_ms: (user + system) / 1000 / Number(runs),
    peak_mb: process.resourceUsage().maxRSS / 1024,
    image_bytes: first.image.length,
    preview_bytes: first.preview.length,
  }),
);
