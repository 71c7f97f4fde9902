// What ipywidgets leaves out. For people who do not see the page: names without icon characters,
// the pressed state of tools, names of sliders and of buttons that are only an icon. For everybody:
// keys pressed on a button or slider of the app are the app's, not JupyterLab's. Its X would cut the
// cell with the whole widget in it, and 0 0 would offer to restart the kernel.
function mend(root, tooltips) {
  const palette = root.querySelector(".wb-palette:not([role])");
  palette?.setAttribute("role", "toolbar");
  palette?.setAttribute("aria-label", "Tools");
  // A tooltip is shown over the label alone, or not at all where there is a label.
  for (const label of root.querySelectorAll(".widget-inline-hbox > label")) {
    const given = label.title === "null" ? "" : label.title;
    const words = given || tooltips[label.textContent.trim()];
    if (words && label.parentElement.title !== words) label.parentElement.title = words;
  }
  for (const icon of root.querySelectorAll("i.fa:not([aria-hidden])")) {
    icon.setAttribute("aria-hidden", "true");
  }
  for (const button of root.querySelectorAll("button.jupyter-button")) {
    const title = button.getAttribute("title");
    if (title === "null") button.removeAttribute("title");
    if (!button.textContent.trim() && title && button.getAttribute("aria-label") !== title) {
      button.setAttribute("aria-label", title);
    }
    if (button.classList.contains("mod-info")) button.setAttribute("aria-current", "true");
    else button.removeAttribute("aria-current");
    if (button.classList.contains("widget-toggle-button")) {
      const pressed = String(button.classList.contains("mod-active"));
      if (button.getAttribute("aria-pressed") !== pressed) {
        button.setAttribute("aria-pressed", pressed);
      }
    }
  }
  for (const slider of root.querySelectorAll(".widget-slider")) {
    const label = slider.querySelector("label")?.textContent ?? "";
    for (const part of slider.querySelectorAll("[role=slider], .widget-readout")) {
      if (part.getAttribute("aria-label") !== label) part.setAttribute("aria-label", label);
    }
  }
  for (const field of root.querySelectorAll("select, input")) {
    // A colour picker has two fields; its label, which may be hidden, belongs to the first.
    const label = field.closest(".widget-colorpicker")?.querySelector("label[title]");
    const title = (label ?? field.closest("[title]"))?.getAttribute("title");
    const named = field.labels?.length && field.labels[0].textContent.trim();
    if (!named && title && title !== "null" && !field.getAttribute("aria-label")) {
      field.setAttribute("aria-label", title);
    }
  }
}

const LOOK = 2000; // milliseconds between two looks at the kernel
function isDead(model) {
  const manager = model.widget_manager;
  if (!manager || !("kernel" in manager)) return false; // a host that keeps it to itself
  const kernel = manager.kernel;
  return !kernel || kernel.isDisposed || ["dead", "terminating"].includes(kernel.status);
}

// A widget whose kernel is gone looks alive and hears nothing: say so, and what to do.
function sleep(root, model) {
  // So says ipywidgets of a restart; of a kernel that was shut down it says nothing.
  const gone = root.classList.contains("jupyter-widgets-disconnected") || isDead(model);
  root.classList.toggle("wb-asleep", gone);
  let words = root.querySelector(":scope > .wb-asleep-words");
  if (!gone) return words?.remove();
  if (words) return;
  words = document.createElement("div");
  words.className = "wb-asleep-words";
  words.setAttribute("role", "alert");
  words.textContent =
    "The kernel was stopped or restarted, so this widget sleeps. Every edit is on the disk: " +
    "run the notebook's cells again, then press “Go on with it”.";
  root.prepend(words);
}

const TYPING = "input, textarea, select, [contenteditable=true]";

function guard(event) {
  const { target, key } = event;
  const ctrl = event.ctrlKey || event.metaKey;
  const stage = event.currentTarget.querySelector("[role=application]");
  if (target === stage || event.defaultPrevented) return; // the stage looks after itself
  const jupyters = key === "Escape" || (key === "Enter" && (event.shiftKey || ctrl || event.altKey));
  if (jupyters || (ctrl && !/^[zy]$/i.test(key))) return; // run the cell, save, copy, ...
  event.stopPropagation();
  // Typing, pressing a button and moving a slider mean what they always mean.
  const own = ["Tab", "Enter", " ", "Home", "End", "PageUp", "PageDown"].includes(key);
  if (target.closest(TYPING) || own || key.startsWith("Arrow") || !stage) return;
  const passed = new KeyboardEvent("keydown", {
    key, ctrlKey: event.ctrlKey, metaKey: event.metaKey, shiftKey: event.shiftKey,
    altKey: event.altKey, bubbles: false, cancelable: true,
  });
  if (!stage.dispatchEvent(passed)) event.preventDefault(); // the stage took it
}

function render({ model, el }) {
  let root = null;
  let waiting = false;
  const observer = new MutationObserver(() => {
    if (waiting) return;
    waiting = true; // many changes, one pass
    requestAnimationFrame(() => {
      waiting = false;
      mend(root, model.get("tooltips"));
      sleep(root, model);
    });
  });
  // The element is not in the page yet while it is rendered.
  const start = requestAnimationFrame(function find() {
    root = el.closest(".wb-app");
    if (!root) {
      if (el.isConnected) return;
      requestAnimationFrame(find);
      return;
    }
    mend(root, model.get("tooltips"));
    sleep(root, model);
    root.addEventListener("keydown", guard);
    root.addEventListener("pointerdown", hold, true);
    observer.observe(root, {
      subtree: true,
      childList: true,
      attributes: true,
      attributeFilter: ["class", "title"],
    });
  });
  // A slider says every value on its way; that it was let go, nobody else says.
  const tell = (held) => {
    if (model.get("holding") === held) return;
    model.set("holding", held);
    model.save_changes();
  };
  const hold = (event) => event.target.closest?.(".widget-slider") && tell(true);
  const release = () => tell(false);
  for (const end of ["pointerup", "pointercancel", "blur"]) window.addEventListener(end, release);
  const watch = setInterval(() => root && sleep(root, model), LOOK);
  return () => {
    clearInterval(watch);
    cancelAnimationFrame(start);
    root?.removeEventListener("keydown", guard);
    root?.removeEventListener("pointerdown", hold, true);
    for (const end of ["pointerup", "pointercancel", "blur"]) {
      window.removeEventListener(end, release);
    }
    observer.disconnect();
  };
}

export default { render };
