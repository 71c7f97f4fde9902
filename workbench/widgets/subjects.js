// The subjects, front to back, as a list to choose from: colour, name, how much was found in each.

const STYLE = `
.wb-subjects { font: 13px/1.5 var(--jp-ui-font-family, system-ui, sans-serif);
  color: var(--jp-ui-font-color1, #111); width: 100%; box-sizing: border-box; padding: 0;
  margin: 0 0 2px; min-height: 66px; max-height: 132px; overflow-y: auto; list-style: none;
  border: 1px solid var(--jp-border-color1, #999); }
.wb-subjects:focus-visible { outline: 2px solid var(--jp-brand-color1, #1976d2); }
.wb-subjects li { display: flex; align-items: center; gap: 6px; padding: 0 6px; cursor: pointer; }
.wb-subjects li[aria-selected=true] { background: var(--jp-brand-color3, #bbdefb); color: #111; }
.wb-subjects .wb-dot { flex: 0 0 10px; height: 10px; border-radius: 2px; border: 1px solid #0008; }
.wb-subjects .wb-name { flex: 1 1 auto; min-width: 0; overflow: hidden; text-overflow: ellipsis;
  white-space: nowrap; }
.wb-subjects .wb-badge { flex: 0 0 auto; border-radius: 9px; padding: 0 7px; font-size: 11px;
  line-height: 18px; background: #8a3d00; color: #fff; }
.wb-subjects .wb-badge.wb-clean { background: #00563f; }`;

function render({ model, el }) {
  const style = document.createElement("style");
  style.textContent = STYLE;
  const list = document.createElement("ul");
  list.className = "wb-subjects";
  list.tabIndex = 0;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "Subjects, front to back");
  list.title = "Subjects, front to back";
  el.style.width = "252px";
  el.append(style, list);
  const own = `wb-${Math.random().toString(36).slice(2)}`;

  const choose = (id) => {
    model.set("value", id);
    model.save_changes();
    follow();
  };
  const part = (name, text) => {
    const made = document.createElement("span");
    made.className = name;
    made.textContent = text;
    return made;
  };
  function follow() {
    const chosen = model.get("value");
    list.removeAttribute("aria-activedescendant");
    list.replaceChildren(...model.get("rows").map(({ id, name, colour, hidden, found }, n) => {
      const made = document.createElement("li");
      made.id = `${own}-${n}`;
      made.setAttribute("role", "option");
      made.setAttribute("aria-selected", String(id === chosen));
      if (id === chosen) list.setAttribute("aria-activedescendant", made.id);
      const words = found < 0 ? "" : found === 1 ? "1 finding" : `${found} findings`;
      const said = [name, hidden ? "hidden" : "", words].filter(Boolean).join(", ");
      made.setAttribute("aria-label", said);
      made.title = said;
      const dot = part("wb-dot", "");
      dot.style.background = colour;
      made.append(dot, part("wb-name", hidden ? `${name}  (hidden)` : name));
      if (found >= 0) {
        made.append(part(`wb-badge${found ? "" : " wb-clean"}`, found ? `${found} found` : "✓"));
      }
      made.addEventListener("click", () => choose(id));
      return made;
    }));
  }
  list.addEventListener("keydown", (event) => {
    const rows = model.get("rows");
    const at = rows.findIndex(({ id }) => id === model.get("value"));
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    if (rows[to]) choose(rows[to].id);
  });
  const changes = ["change:rows", "change:value"];
  for (const what of changes) model.on(what, follow);
  follow();
  return () => {
    for (const what of changes) model.off(what, follow);
  };
}

export default { render };
