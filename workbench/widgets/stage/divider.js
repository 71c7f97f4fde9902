// The line between before and after: dragged, or moved with the arrow keys.
export function makeDivider(model, width, changed) {
  const line = document.createElement("div");
  line.className = "wb-divider wb-own";
  line.tabIndex = 0;
  line.title = "Drag to compare before (left) and after (right)";
  for (const [name, value] of Object.entries({
    role: "slider", "aria-label": "Divider", "aria-orientation": "horizontal", "aria-valuemin": 0,
    "aria-valuemax": 100,
  })) line.setAttribute(name, value);
  let grip = null; // while it is dragged: from the pointer to the line

  const at = () => model.get("divider") * width();
  function put(share, done = true) {
    model.set("divider", Math.min(Math.max(share, 0), 1));
    if (done) model.save_changes(); // a reloaded page finds it where it was
  }
  function show() {
    const on = model.get("divided");
    const percent = Math.round(100 * model.get("divider"));
    line.hidden = !on;
    line.style.left = `${at()}px`;
    line.setAttribute("aria-valuenow", percent);
    line.setAttribute("aria-valuetext", `before up to ${percent} % of the width`);
    changed();
  }
  line.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    event.preventDefault();
    line.focus({ preventScroll: true });
    line.setPointerCapture(event.pointerId);
    grip = at() - event.clientX;
  });
  line.addEventListener("pointermove", (event) => {
    if (grip !== null) put((event.clientX + grip) / width(), false);
  });
  for (const kind of ["pointerup", "pointercancel", "lostpointercapture"]) {
    line.addEventListener(kind, () => {
      if (grip !== null) model.save_changes();
      grip = null;
    });
  }
  line.addEventListener("keydown", (event) => {
    const step = event.shiftKey ? 0.1 : 0.01;
    const share = model.get("divider");
    const to = {
      ArrowLeft: share - step, ArrowDown: share - step, ArrowRight: share + step,
      ArrowUp: share + step, Home: 0, End: 1,
    }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    put(to);
  });
  return { line, at, show };
}
