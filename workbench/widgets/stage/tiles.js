// The stage in tiles that share one zoom and pan: what lies in its middle lies in each one's. The
// rest of the page goes on as if there were one picture: a place in a tile is told as the place
// that it would be without tiles, and what is drawn there is drawn in every tile.
import { panned } from "./view.js";

export function makeTiling(size) {
  let [columns, rows] = [1, 1];
  let under = [0, 0]; // from the stage's middle to that of the tile that the pointer works in
  const on = () => columns * rows > 1;
  const each = (fn) => {
    const [width, height] = size();
    for (let r = 0; r < rows; r++) {
      for (let c = 0; c < columns; c++) {
        fn([(width * c) / columns, (height * r) / rows, width / columns, height / rows], [
          width * ((c + 0.5) / columns - 0.5), height * ((r + 0.5) / rows - 0.5),
        ]);
      }
    }
  };
  return {
    on,
    each,
    grid: () => [columns, rows],
    set(grid) {
      [columns, rows] = grid;
      if (!on()) under = [0, 0];
    },
    // The tile that a pointer comes to; while it is pressed it stays the one that it was pressed in.
    enter([x, y]) {
      each(([left, top, width, height], offset) => {
        if (x >= left && x < left + width && y >= top && y < top + height) under = offset;
      });
    },
    fold: ([x, y]) => [x - under[0], y - under[1]],
    unfold: ([x, y]) => [x + under[0], y + under[1]],
    size() {
      const [width, height] = size();
      return [width / columns, height / rows];
    },
    // What a tile shows, as a view of something of its size.
    view(view) {
      const [width, height] = size();
      return panned(view, (width / columns - width) / 2, (height / rows - height) / 2);
    },
    // Draw as if there were one picture; it appears in every tile.
    draw(pen, fn) {
      if (!on()) return fn();
      each(([left, top, width, height], [dx, dy]) => {
        pen.save();
        pen.beginPath();
        pen.rect(left, top, width, height);
        pen.clip();
        pen.translate(dx, dy);
        fn();
        pen.restore();
      });
    },
    // The kernel's picture of the tiles, each moved within itself.
    copy(pen, picture, { f, tx, ty }) {
      const [width, height] = size();
      pen.clearRect(0, 0, width, height);
      const [kx, ky] = [picture.width / width, picture.height / height];
      each(([left, top, wide, tall], [dx, dy]) => {
        pen.save();
        pen.beginPath();
        pen.rect(left, top, wide, tall);
        pen.clip();
        pen.drawImage(
          picture, left * kx, top * ky, wide * kx, tall * ky,
          dx + tx + f * (left - dx), dy + ty + f * (top - dy), f * wide, f * tall,
        );
        pen.restore();
      });
    },
  };
}
