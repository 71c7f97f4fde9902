// Tells the kernel where the pointer rests, one question at a time.

const REST = 60; // milliseconds without moving
const SLIP = 2; // page pixels that do not count as moving
const PATIENCE = 5000; // milliseconds: an answer that does not come is not waited for longer

export function makeAsker({ on, where, ask, left, nextSerial }) {
  let timer = 0;
  let from = null; // where it came to rest, in page pixels
  let pending = null; // the serial of the question that has no answer yet, and when it was asked
  let again = false; // there is something newer to ask
  let wanted = null; // the serial whose answer may be shown

  function rested() {
    timer = 0;
    if (!on() || !from) return;
    if (pending && performance.now() - pending.since < PATIENCE) {
      again = true;
      return;
    }
    pending = { serial: nextSerial(), since: performance.now() };
    wanted = pending.serial;
    again = false;
    ask(wanted, where(from));
  }
  return {
    at(point) {
      if (!on()) return;
      if (from && Math.hypot(point[0] - from[0], point[1] - from[1]) < SLIP) return;
      from = point;
      clearTimeout(timer);
      timer = setTimeout(rested, REST);
    },
    moved() { // the view, below a pointer at rest
      if (!from || !on()) return;
      clearTimeout(timer);
      timer = setTimeout(rested, REST);
    },
    gone() {
      clearTimeout(timer);
      timer = 0;
      from = null;
      again = false;
      if (wanted === null) return;
      wanted = null;
      left();
    },
    // Whether an answer is to be shown.
    answered(serial) {
      if (serial === pending?.serial) {
        pending = null;
        if (again) rested();
      }
      return serial === null || (serial !== undefined && serial === wanted);
    },
  };
}
