// Two fingers on the stage move the view: apart to enlarge it, together to see more, along to pan.
// One finger is a pointer like any other.
import { panned, zoomed } from "./view.js";

// view(): what is in sight; go(view): move it.
export function makeFingers({ view, go }) {
  const places = new Map(); // pointer id → where it is, in page pixels from the stage's corner

  const middle = ([[ax, ay], [bx, by]]) => [(ax + bx) / 2, (ay + by) / 2];
  const apart = ([[ax, ay], [bx, by]]) => Math.max(Math.hypot(bx - ax, by - ay), 1);
  const two = () => [...places.values()].slice(0, 2);
  return {
    // Whether the finger that comes down is not the first: what the first one did is no stroke.
    down(id, at) {
      places.set(id, at);
      return places.size > 1;
    },
    // Whether a finger that moves moves the view.
    move(id, at) {
      if (!places.has(id)) return false;
      const before = two();
      places.set(id, at);
      if (before.length < 2) return false;
      const [now, from, to] = [two(), middle(before), middle(two())];
      const larger = zoomed(view(), apart(now) / apart(before), ...from);
      go(panned(larger, to[0] - from[0], to[1] - from[1]));
      return true;
    },
    up(id) {
      places.delete(id);
    },
  };
}
