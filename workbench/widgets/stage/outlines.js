// Lines over the photo that the page keeps in image coordinates: the pixel grid, marching ants, and
// the preview of a click. Sharp at any zoom, and nobody is asked.
import { toImage, toPage } from "./view.js";

const GRID = 8; // from 800 % on
const DASH = 4;
const STEP = 100; // milliseconds: ten frames a second are enough for ants
const CHUNK = 64; // points that are left out together where they are out of sight

export function drawGrid(pen, view, width, height, image) {
  if (view.scale <= GRID) return;
  const [[x0, y0], [x1, y1]] = [toImage(view, 0, 0), toImage(view, width, height)];
  const [tall, wide] = image ?? [Infinity, Infinity];
  const [left, right] = [Math.max(0, Math.ceil(x0)), Math.min(wide, Math.floor(x1))];
  const [top, bottom] = [Math.max(0, Math.ceil(y0)), Math.min(tall, Math.floor(y1))];
  const edges = [Math.max(x0, 0), Math.max(y0, 0), Math.min(x1, wide), Math.min(y1, tall)];
  const [ax, ay] = toPage(view, edges.slice(0, 2));
  const [bx, by] = toPage(view, edges.slice(2));
  const sharp = (value) => Math.round(value) + 0.5;
  pen.beginPath();
  for (let x = left; x <= right; x++) {
    const at = sharp(toPage(view, [x, 0])[0]);
    pen.moveTo(at, ay);
    pen.lineTo(at, by);
  }
  for (let y = top; y <= bottom; y++) {
    const at = sharp(toPage(view, [0, y])[1]);
    pen.moveTo(ax, at);
    pen.lineTo(bx, at);
  }
  // Fades in, so that it never springs up at once; grey reads on black and on white.
  pen.globalAlpha = Math.min(0.15 + (view.scale - GRID) / 60, 0.4);
  pen.strokeStyle = "#808080";
  pen.lineWidth = 1;
  pen.stroke();
  pen.globalAlpha = 1;
}

// Outlines cut into chunks, each with its box and its length up to there.
export function parsedOutlines({ points, lengths }) {
  if (!lengths?.length) return [];
  const bytes = new Uint8Array(points.buffer, points.byteOffset, points.byteLength).slice();
  const all = new Float32Array(bytes.buffer);
  const chunks = [];
  let from = 0;
  for (const length of lengths) {
    let way = 0;
    for (let n = 0; n < length - 1; n += CHUNK) {
      const count = Math.min(CHUNK + 1, length - n); // the last point is the next one's first
      const part = all.subarray(2 * (from + n), 2 * (from + n + count));
      const box = [Infinity, Infinity, -Infinity, -Infinity];
      let long = 0;
      for (let i = 0; i < count; i++) {
        const [x, y] = [part[2 * i], part[2 * i + 1]];
        box[0] = Math.min(box[0], x);
        box[1] = Math.min(box[1], y);
        box[2] = Math.max(box[2], x);
        box[3] = Math.max(box[3], y);
        if (i) long += Math.hypot(x - part[2 * i - 2], y - part[2 * i - 1]);
      }
      chunks.push({ part, box, way });
      way += long;
    }
    from += length;
  }
  return chunks;
}

// The chunks in sight as paths in page pixels, points nearer than half a pixel left out.
export function pathsInSight(chunks, view, width, height) {
  const [[x0, y0], [x1, y1]] = [toImage(view, -2, -2), toImage(view, width + 2, height + 2)];
  const near = 0.5 / view.scale;
  const paths = [];
  for (const { part, box, way } of chunks) {
    if (box[2] < x0 || box[0] > x1 || box[3] < y0 || box[1] > y1) continue;
    const path = new Path2D();
    let [lx, ly] = part;
    path.moveTo(...toPage(view, [lx, ly]));
    for (let i = 2; i < part.length; i += 2) {
      const last = i === part.length - 2;
      if (!last && Math.abs(part[i] - lx) < near && Math.abs(part[i + 1] - ly) < near) continue;
      [lx, ly] = [part[i], part[i + 1]];
      path.lineTo(...toPage(view, [lx, ly]));
    }
    paths.push({ path, offset: (way * view.scale) % (2 * DASH) });
  }
  return paths;
}

export function drawAnts(pen, paths, phase) {
  pen.lineWidth = 1.5;
  pen.lineJoin = "round";
  pen.strokeStyle = "#000";
  for (const { path } of paths) pen.stroke(path);
  pen.strokeStyle = "#fff";
  pen.setLineDash([DASH, DASH]);
  for (const { path, offset } of paths) {
    pen.lineDashOffset = offset - phase;
    pen.stroke(path);
  }
  pen.setLineDash([]);
}

// Calls redraw(phase) ten times a second while there is something to move and somebody to see it.
export function march(redraw, wanted) {
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  let phase = 0;
  const timer = setInterval(() => {
    if (calm.matches || document.hidden || !wanted()) return;
    phase = (phase + 1) % (2 * DASH);
    redraw(phase);
  }, STEP);
  return () => clearInterval(timer);
}

// A preview as a tint and the outline where it passes one half, both in image coordinates.
export function makePreview({ shape: [rows, columns], box, colour }, buffer) {
  const alpha = new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
  const tint = Object.assign(document.createElement("canvas"), { width: columns, height: rows });
  const pen = tint.getContext("2d");
  pen.fillStyle = colour;
  pen.fillRect(0, 0, columns, rows);
  const picture = pen.getImageData(0, 0, columns, rows);
  for (let n = 0; n < alpha.length; n++) picture.data[4 * n + 3] = alpha[n];
  pen.putImageData(picture, 0, 0);
  return { tint, box, colour, edge: contour(alpha, rows, columns, box) };
}

// Where the values pass one half, between the cells' centres (marching squares), as line segments
// x, y, x, y in image coordinates. Beyond the border there is nothing: the outline is closed.
function contour(alpha, rows, columns, [x0, y0, x1, y1]) {
  const [kx, ky] = [(x1 - x0) / columns, (y1 - y0) / rows];
  const value = (r, c) => (r < 0 || c < 0 || r >= rows || c >= columns ? 0 : alpha[r * columns + c]);
  const HALF = 127.5;
  const found = [];
  for (let r = -1; r < rows; r++) {
    for (let c = -1; c < columns; c++) {
      const [a, b, d, e] = [value(r, c), value(r, c + 1), value(r + 1, c + 1), value(r + 1, c)];
      const kind = (a > HALF) | ((b > HALF) << 1) | ((d > HALF) << 2) | ((e > HALF) << 3);
      if (kind === 0 || kind === 15) continue;
      const cut = (p, q) => (HALF - p) / (q - p);
      const top = () => [c + cut(a, b), r];
      const right = () => [c + 1, r + cut(b, d)];
      const bottom = () => [c + cut(e, d), r + 1];
      const left = () => [c, r + cut(a, e)];
      const lines = {
        1: [left, top], 2: [top, right], 3: [left, right], 4: [right, bottom],
        5: [left, top, right, bottom], 6: [top, bottom], 7: [left, bottom], 8: [bottom, left],
        9: [bottom, top], 10: [top, right, bottom, left], 11: [bottom, right], 12: [right, left],
        13: [right, top], 14: [top, left],
      }[kind];
      for (const end of lines) {
        const [x, y] = end();
        found.push(
          x0 + Math.min(Math.max(x + 0.5, 0), columns) * kx,
          y0 + Math.min(Math.max(y + 0.5, 0), rows) * ky,
        );
      }
    }
  }
  return found;
}

export function drawPreview(pen, view, { tint, box, colour, edge }) {
  const [[px, py], [qx, qy]] = [toPage(view, box), toPage(view, box.slice(2))];
  pen.globalAlpha = 0.4;
  pen.imageSmoothingEnabled = true;
  pen.drawImage(tint, px, py, qx - px, qy - py);
  pen.globalAlpha = 1;
  pen.beginPath();
  for (let n = 0; n < edge.length; n += 4) {
    pen.moveTo(...toPage(view, [edge[n], edge[n + 1]]));
    pen.lineTo(...toPage(view, [edge[n + 2], edge[n + 3]]));
  }
  pen.lineCap = "round";
  for (const [stroke, thick] of [["#fffd", 3], [colour, 1.5]]) {
    pen.strokeStyle = stroke;
    pen.lineWidth = thick;
    pen.stroke();
  }
}
