// What of the image the stage shows: page pixel = stage corner + scale × (image point − (x, y)).
// A view is {scale, x, y}; a move {f, tx, ty} takes the page point p to f·p + (tx, ty).

export const toImage = (v, x, y) => [x / v.scale + v.x, y / v.scale + v.y];
export const toPage = (v, [x, y]) => [(x - v.x) * v.scale, (y - v.y) * v.scale];

// 5 % to 3,200 %, as View.zoomed does; a photo so large that it fits below 5 % may stay there.
export const limited = (scale, now) => Math.min(Math.max(scale, Math.min(0.05, now)), 32);

export function zoomed(v, factor, cx, cy) {
  const [ix, iy] = toImage(v, cx, cy);
  const scale = limited(v.scale * factor, v.scale);
  return { scale, x: ix - cx / scale, y: iy - cy / scale };
}
export const panned = (v, dx, dy) => ({ scale: v.scale, x: v.x - dx / v.scale, y: v.y - dy / v.scale });

// The part of the stage between two page points, made to fill it.
export function framed(v, [ax, ay], [bx, by], width, height) {
  const wanted = v.scale * Math.min(width / Math.abs(bx - ax), height / Math.abs(by - ay));
  return centred(limited(wanted, v.scale), toImage(v, (ax + bx) / 2, (ay + by) / 2), width, height);
}
export const centred = (scale, [ix, iy], width, height) => ({
  scale, x: ix - width / 2 / scale, y: iy - height / 2 / scale,
});

// Moved so that the stage's middle lies on the photo, as the kernel does: nobody gets lost.
export function keptInSight(v, width, height, image) {
  if (!image) return v;
  const [halfX, halfY] = [width / 2 / v.scale, height / 2 / v.scale];
  return {
    scale: v.scale,
    x: Math.min(Math.max(v.x + halfX, 0), image[1]) - halfX,
    y: Math.min(Math.max(v.y + halfY, 0), image[0]) - halfY,
  };
}

export const STILL = { f: 1, tx: 0, ty: 0 };
export const between = (a, b) => ({
  f: b.scale / a.scale, tx: (a.x - b.x) * b.scale, ty: (a.y - b.y) * b.scale,
});
export const after = (a, b) => ({ f: a.f * b.f, tx: b.f * a.tx + b.tx, ty: b.f * a.ty + b.ty });
export const moved = (v, { f, tx, ty }) => ({
  scale: v.scale * f, x: v.x - tx / (v.scale * f), y: v.y - ty / (v.scale * f),
});
export const isStill = ({ f, tx, ty }) => Math.abs(f - 1) < 1e-9 && Math.hypot(tx, ty) < 1e-6;
export const fixedPoint = ({ f, tx, ty }) => [tx / (1 - f), ty / (1 - f)]; // where f is not 1
export const asCss = (m) => (isStill(m) ? "" : `matrix(${m.f},0,0,${m.f},${m.tx},${m.ty})`);
