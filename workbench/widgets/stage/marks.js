// Findings over the photo: each place outlined, its number at a corner. White within black reads on
// every colour and to every eye; what is severe has a whole line, the rest a broken one. Of all the
// numbers one can be reached with Tab, the others from it with the arrow keys.
import { toPage } from "./view.js";

const AROUND = 3; // page pixels between a place and its line, so that the line hides nothing
const LEAST = 14; // page pixels a side, however small the place

export function makeMarks({ model, size, chose }) {
  const layer = document.createElement("div");
  layer.className = "wb-marks";
  layer.setAttribute("role", "group");
  layer.setAttribute("aria-label", "Findings on the photo");
  let marks = []; // {frame, button, box}
  let within = 0; // the one that Tab reaches

  function follow() {
    const held = marks.findIndex(({ button }) => button === document.activeElement);
    const found = model.get("findings");
    within = Math.max(found.findIndex(({ chosen }) => chosen), held >= 0 ? held : 0, 0);
    marks = found.map(({ n, box, words, severe, chosen }, at) => {
      const frame = document.createElement("div");
      frame.className = `wb-mark${severe ? " wb-severe" : ""}${chosen ? " wb-picked" : ""}`;
      const button = document.createElement("button");
      button.type = "button";
      button.className = "wb-own";
      button.textContent = n + 1;
      button.title = words;
      button.setAttribute("aria-label", `Finding ${n + 1}: ${words}`);
      button.setAttribute("aria-pressed", String(chosen));
      button.tabIndex = at === within ? 0 : -1;
      button.addEventListener("click", () => chose(n));
      button.addEventListener("keydown", (event) => step(event, at));
      frame.append(button);
      return { frame, button, box };
    });
    layer.replaceChildren(...marks.map(({ frame }) => frame));
    layer.hidden = !marks.length;
    if (held >= 0) marks[within]?.button.focus({ preventScroll: true });
  }
  function step(event, at) {
    const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    event.stopPropagation();
    const count = marks.length;
    for (let n = 1; n <= count; n++) {
      const next = marks[(at + by * n + count * n) % count];
      if (next.frame.hidden) continue;
      for (const { button } of marks) button.tabIndex = button === next.button ? 0 : -1;
      return next.button.focus({ preventScroll: true });
    }
  }
  function place(view) {
    const [width, height] = size();
    for (const { frame, box } of marks) {
      const [[x0, y0], [x1, y1]] = [toPage(view, box.slice(0, 2)), toPage(view, box.slice(2))];
      const [wide, tall] = [Math.max(x1 - x0, LEAST), Math.max(y1 - y0, LEAST)];
      const [left, top] = [(x0 + x1 - wide) / 2 - AROUND, (y0 + y1 - tall) / 2 - AROUND];
      // The part in sight alone: of a place larger than the stage the number must not get lost.
      const [l, t] = [Math.max(left, 2), Math.max(top, 2)];
      const [r, b] = [Math.min(left + wide + 2 * AROUND, width - 2),
        Math.min(top + tall + 2 * AROUND, height - 2)];
      frame.classList.toggle("wb-top", t < 22);
      frame.hidden = r - l < 8 || b - t < 8;
      frame.style.transform = `translate(${l}px, ${t}px)`;
      frame.style.width = `${r - l}px`;
      frame.style.height = `${b - t}px`;
    }
  }
  return { layer, follow, place };
}
