// What the parts of the stage show, in words: one caption a tile, or one for each side of the
// divider, or one that says which of two pictures is there while they flicker. The latter is a
// button: it holds the one picture, then the other, then lets them come and go again.
const TURN = 700; // milliseconds that each is shown

export function makeCaptions({ model, each, shows }) {
  const layer = document.createElement("div");
  layer.className = "wb-captions";
  const hold = document.createElement("button");
  hold.type = "button";
  hold.className = "wb-caption wb-own";
  hold.title = "Press to hold this picture, again for the other, again to let them come and go";
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  let held = null; // 0 is before, 1 is now, null is in turn
  let first = false; // whether "before" is shown
  let timer = 0;

  const chip = (words, x, y) => {
    const made = document.createElement("span");
    made.className = "wb-caption";
    made.textContent = words;
    made.style.left = `${x}px`;
    made.style.top = `${y}px`;
    return made;
  };
  function turn(to) {
    first = to;
    const words = model.get("captions")[first ? 0 : 1] ?? "";
    hold.textContent = `${held === null ? "⇄" : "■"} ${words}`;
    hold.setAttribute("aria-label",
      held === null ? "Flickering: press to hold" : `Held: ${words}; press for the next`);
    hold.setAttribute("aria-pressed", String(held !== null));
    shows(first);
  }
  hold.addEventListener("click", () => {
    held = held === null ? 0 : held === 0 ? 1 : calm.matches ? 0 : null;
    turn(held === null ? first : held === 0);
  });
  hold.addEventListener("dblclick", (event) => event.stopPropagation());
  function follow() {
    clearInterval(timer);
    timer = 0;
    layer.replaceChildren();
    const words = model.get("captions");
    if (model.get("flicker")) {
      if (calm.matches && held === null) held = 1; // nothing moves that nobody asked to
      layer.append(hold);
      turn(held === null ? first : held === 0);
      timer = setInterval(() => {
        if (held === null && !document.hidden) turn(!first);
      }, TURN);
      return;
    }
    held = null;
    shows(false);
    if (!words.length) return;
    if (model.get("divided")) {
      const right = chip(words[1], 0, 6);
      right.style.left = "auto";
      right.style.right = "6px";
      layer.append(chip(words[0], 6, 6), right);
      return;
    }
    let n = 0;
    each(([left, top]) => {
      if (n < words.length) layer.append(chip(words[n], left + 6, top + 6));
      n += 1;
    });
  }
  return { layer, follow, stop: () => clearInterval(timer) };
}
