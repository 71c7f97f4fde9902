// Lines of a polygon that follow the photo's edges: the kernel is asked for one way at a time, the
// last one again and again while the pointer moves.

const ENOUGH = 3000; // milliseconds: an answer that does not come is not waited for longer

// ask(from, to): put the question, from one place in the image to another; its serial. changed():
// a way came.
export function makeWire({ ask, changed }) {
  let ways = []; // for the line after each corner: x, y, x, y … in image pixels
  let asked = null; // the question that has no answer yet: {serial, corner, since}
  const wishes = new Map(); // corner → [from, to]: what to ask next

  function next() {
    if (!wishes.size || (asked && performance.now() - asked.since < ENOUGH)) return;
    const corner = Math.min(...wishes.keys()); // what is set first, then what follows the pointer
    const [from, to] = wishes.get(corner);
    wishes.delete(corner);
    asked = { serial: ask(from, to), corner, since: performance.now() };
  }
  return {
    wish(corner, from, to) {
      wishes.set(corner, [from, to]);
      next();
    },
    heard(serial, buffer) {
      if (serial !== asked?.serial) return;
      if (buffer && asked.corner >= 0) {
        const { byteOffset, byteLength } = buffer;
        ways[asked.corner] = new Float32Array(buffer.buffer.slice(byteOffset, byteOffset + byteLength));
        changed();
      }
      asked = null;
      next();
    },
    // There are only so many lines any more.
    keep(count) {
      ways.length = Math.min(ways.length, Math.max(count, 0));
      for (const corner of [...wishes.keys()]) if (corner >= count) wishes.delete(corner);
      if (asked && asked.corner >= count) asked.corner = -1;
    },
    // The corners with the ways between them, as one line.
    along(corners) {
      return corners.flatMap((at, n) => {
        const way = ways[n] ?? [];
        const points = [at];
        for (let k = 0; k + 1 < way.length; k += 2) points.push([way[k], way[k + 1]]);
        return points;
      });
    },
  };
}
