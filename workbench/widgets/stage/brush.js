// A stroke that is soft or thin, as it will be: the same profile over the distance to its line as
// paint.coverage has, the largest value where the stroke crosses itself. Drawn into a canvas of its
// own, so that a view that moves takes it along.

const SPACING = 0.1; // of the radius: what a replayed stroke may leave out

function parsed(colour) {
  const pen = Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d");
  pen.fillStyle = colour;
  pen.fillRect(0, 0, 1, 1);
  return pen.getImageData(0, 0, 1, 1).data;
}

export class SoftStroke {
  // width, height: of the stage; brush: {width (image pixels), hardness, opacity, colour}
  constructor(width, height, brush) {
    this.brush = brush;
    this.size = [width, height];
    this.colour = parsed(brush.colour);
    this.picture = document.createElement("canvas");
    this.picture.className = "wb-soft";
    this.picture.style.width = `${width}px`;
    this.picture.style.height = `${height}px`;
    this.pen = this.picture.getContext("2d");
    this.view = null;
  }
  begin(view) {
    const radius = (this.brush.width / 2) * view.scale;
    this.view = view;
    // A large brush is as soft as it is large: cells of several pixels are enough, but for its rim.
    const rim = radius * (1 - this.brush.hardness);
    this.cell = Math.min(Math.max(Math.floor(rim / 24), 1), 4);
    this.columns = Math.ceil(this.size[0] / this.cell);
    this.rows = Math.ceil(this.size[1] / this.cell);
    [this.picture.width, this.picture.height] = [this.columns, this.rows];
    this.picture.style.width = `${this.columns * this.cell}px`;
    this.picture.style.height = `${this.rows * this.cell}px`;
    this.cover = new Uint8Array(this.columns * this.rows);
    this.kept = null;
    this.dirty = null;
  }
  // All of a stroke anew, in another view.
  replay(view, points, pressures) {
    this.begin(view);
    const step = Math.max(1, SPACING * (this.brush.width / 2) * view.scale) / view.scale;
    let from = 0;
    for (let n = 0; n < points.length; n++) {
      const far = Math.hypot(points[n][0] - points[from][0], points[n][1] - points[from][1]);
      if (n > 0 && far < step && n < points.length - 1) continue;
      this.segment(points[from], points[n], pressures?.[from] ?? 1, pressures?.[n] ?? 1);
      from = n;
    }
    this.show();
  }
  // Remember the stroke as it is; back() returns to it (a line that follows the pointer).
  keep() {
    this.kept = this.cover.slice();
  }
  back() {
    if (!this.kept) return;
    this.cover.set(this.kept);
    this.dirty = [0, 0, this.columns, this.rows];
  }
  segment([px, py], [qx, qy], fromPressure, toPressure) {
    const k = this.view.scale / this.cell;
    const [ax, ay] = [(px - this.view.x) * k, (py - this.view.y) * k];
    const [dx, dy] = [(qx - px) * k, (qy - py) * k];
    const ra = (this.brush.width / 2) * k * fromPressure;
    const rb = (this.brush.width / 2) * k * toPressure;
    const reach = Math.max(ra, rb) + 1;
    const x0 = Math.max(0, Math.floor(Math.min(ax, ax + dx) - reach));
    const x1 = Math.min(this.columns, Math.ceil(Math.max(ax, ax + dx) + reach));
    const y0 = Math.max(0, Math.floor(Math.min(ay, ay + dy) - reach));
    const y1 = Math.min(this.rows, Math.ceil(Math.max(ay, ay + dy) + reach));
    if (x1 <= x0 || y1 <= y0) return;
    const long = dx * dx + dy * dy;
    const soft = 1 - this.brush.hardness;
    const least = Math.max(k, 1); // a pixel of the image, or of the screen: no stair-steps
    const lift = soft === 0 ? least / 2 : 0;
    const { cover, columns } = this;
    for (let y = y0; y < y1; y++) {
      const ey = y + 0.5 - ay;
      for (let x = x0, at = y * columns + x0; x < x1; x++, at++) {
        if (cover[at] === 255) continue;
        const ex = x + 0.5 - ax;
        let t = long > 0 ? (ex * dx + ey * dy) / long : 0;
        t = t < 0 ? 0 : t > 1 ? 1 : t;
        const [ux, uy] = [ex - t * dx, ey - t * dy];
        const r = ra + t * (rb - ra);
        const far = ux * ux + uy * uy;
        if (far >= (r + lift) * (r + lift)) continue;
        const fall = r * soft > least ? r * soft : least;
        let ramp = (r + lift - Math.sqrt(far)) / fall;
        ramp = ramp > 1 ? 1 : ramp;
        const value = (255 * ramp * ramp * (3 - 2 * ramp) + 0.5) | 0;
        if (value > cover[at]) cover[at] = value;
      }
    }
    const d = this.dirty;
    this.dirty = d
      ? [Math.min(d[0], x0), Math.min(d[1], y0), Math.max(d[2], x1), Math.max(d[3], y1)]
      : [x0, y0, x1, y1];
  }
  show() {
    if (!this.dirty) return;
    const [x0, y0, x1, y1] = this.dirty;
    const part = this.pen.createImageData(x1 - x0, y1 - y0);
    const [r, g, b] = this.colour;
    for (let y = y0, to = 0; y < y1; y++) {
      for (let x = x0, at = y * this.columns + x0; x < x1; x++, at++, to += 4) {
        part.data[to] = r;
        part.data[to + 1] = g;
        part.data[to + 2] = b;
        part.data[to + 3] = this.cover[at] * this.brush.opacity;
      }
    }
    this.pen.putImageData(part, x0, y0);
    this.dirty = null;
  }
}
