// The list of edits: each in words with a small picture, click to go there. The kernel holds the
// list; the page holds the pictures, which come one by one as they are made.

const STYLE = `
.wb-history { font: 12px/1.35 var(--jp-ui-font-family, system-ui, sans-serif);
  color: var(--jp-ui-font-color1, #111); }
.wb-history ol { list-style: none; margin: 0; padding: 0; max-height: 420px; overflow-y: auto;
  border: 1px solid var(--jp-border-color2, #bbb); }
.wb-history li { display: flex; flex-wrap: wrap; align-items: stretch; border-bottom: 1px solid
  var(--jp-border-color3, #ddd); }
.wb-history li.wb-now { background: var(--jp-brand-color3, #bbdefb);
  color: #111; }
.wb-history li.wb-now .wb-goto { font-weight: 600; }
.wb-history li.wb-undone .wb-goto { opacity: 0.65; }
.wb-history li.wb-gone .wb-words { text-decoration: line-through; }
.wb-history li.wb-compared { box-shadow: inset 3px 0 0 #d55e00; }
.wb-history button { border: 0; background: none; color: inherit; font: inherit; cursor: pointer; }
.wb-history button:focus-visible { outline: 2px solid var(--jp-brand-color1, #1976d2);
  outline-offset: -2px; }
.wb-goto { flex: 1 1 150px; display: flex; gap: 6px; align-items: center; text-align: left;
  padding: 2px 4px; min-width: 0; min-height: 38px; }
.wb-goto img, .wb-blank { flex: 0 0 48px; width: 48px; height: 36px; object-fit: contain;
  background: #5558; }
.wb-goto small { display: block; opacity: 0.8; font-style: italic; }
.wb-acts { display: flex; visibility: hidden; }
.wb-history li:hover .wb-acts, .wb-history li:focus-within .wb-acts { visibility: visible; }
.wb-acts button { padding: 0 4px; }
.wb-note { flex: 1 0 100%; box-sizing: border-box; margin: 2px 4px; }`;

function render({ model, el }) {
  const style = document.createElement("style");
  style.textContent = STYLE;
  const list = document.createElement("ol");
  list.setAttribute("aria-label", "Edits, the first on top");
  el.classList.add("wb-history");
  el.append(style, list);
  const pictures = new Map(); // edit id → data: address
  const rows = new Map(); // edit id → its row
  let writing = null; // the edit whose note is being written

  const make = (kind, name, text = "") => {
    const made = document.createElement(kind);
    if (name) made.className = name;
    made.textContent = text;
    return made;
  };
  const act = (words, icon, fn) => {
    const made = make("button");
    made.type = "button";
    made.title = words;
    made.setAttribute("aria-label", words);
    const sign = make("i", `fa fa-${icon}`);
    sign.setAttribute("aria-hidden", "true");
    made.append(sign);
    made.addEventListener("click", fn);
    return made;
  };

  function row(entry) {
    const made = make("li");
    const go = make("button", "wb-goto");
    go.type = "button";
    go.title = "Go back to here (Shift: compare with what is shown)";
    go.append(make("span", "wb-blank"), make("span", "wb-said"));
    const at = () => model.get("entries").findIndex((e) => e.id === entry.id) + 1;
    go.addEventListener("click", (event) =>
      model.send(event.shiftKey ? { type: "compare", at: at() } : { type: "go", at: at() }));
    made.append(go);
    if (entry.id) {
      const acts = make("span", "wb-acts");
      acts.append(
        act("Compare with what is shown", "exchange", () =>
          model.send({ type: "compare", at: at() })),
        act("Show what it did, below", "eye", () =>
          model.send({ type: "effect", id: entry.id })),
        act("Write a note", "pencil", () => {
          writing = entry.id;
          follow();
        }),
        act("Take back this edit alone", "times", () =>
          model.send({ type: "take back", id: entry.id })),
      );
      made.append(acts);
    }
    return made;
  }
  function fill(made, entry, at) {
    const { cursor, compared } = { cursor: model.get("cursor"), compared: model.get("compared") };
    made.className = [
      at === cursor ? "wb-now" : "", at > cursor ? "wb-undone" : "",
      entry.gone ? "wb-gone" : "", at === compared ? "wb-compared" : "",
    ].join(" ").trim();
    const go = made.firstChild;
    go.setAttribute("aria-current", at === cursor ? "step" : "false");
    const said = make("span", "wb-said");
    said.append(make("span", "wb-words", entry.words));
    if (entry.note) said.append(make("small", "", entry.note));
    go.lastChild.replaceWith(said);
    const address = pictures.get(entry.id);
    if (address && go.firstChild.src !== address) {
      const picture = make("img");
      picture.src = address;
      picture.alt = "";
      go.firstChild.replaceWith(picture);
    }
    const drop = made.querySelector(".wb-acts button:last-child");
    if (drop) {
      const words = entry.gone ? "Put this edit back" : "Take back this edit alone";
      drop.title = words;
      drop.setAttribute("aria-label", words);
      drop.firstChild.className = `fa fa-${entry.gone ? "undo" : "times"}`;
      drop.disabled = at > cursor || entry.whole;
      drop.style.visibility = drop.disabled ? "hidden" : "";
    }
    const open = made.querySelector(".wb-note");
    if (writing === entry.id && !open) {
      const field = make("input", "wb-note");
      field.value = entry.note;
      field.maxLength = 500;
      field.setAttribute("aria-label", `Note on: ${entry.words}`);
      const end = (keep) => {
        if (writing !== entry.id) return;
        writing = null;
        if (keep && field.value !== entry.note) {
          model.send({ type: "note", id: entry.id, text: field.value });
        }
        field.remove();
      };
      field.addEventListener("keydown", (event) => {
        event.stopPropagation(); // letters are letters here
        if (event.key === "Enter") end(true);
        if (event.key === "Escape") end(false);
      });
      field.addEventListener("blur", () => end(true));
      made.append(field);
      field.focus();
    }
  }
  function follow() {
    const entries = [{ id: "", words: "Opened", note: "", gone: false, whole: true },
      ...model.get("entries")];
    const ids = new Set(entries.map((entry) => entry.id));
    for (const [id, made] of rows) {
      if (!ids.has(id)) {
        made.remove();
        rows.delete(id);
        pictures.delete(id);
      }
    }
    entries.forEach((entry, at) => {
      let made = rows.get(entry.id);
      if (!made) rows.set(entry.id, (made = row(entry)));
      if (list.children[at] !== made) list.insertBefore(made, list.children[at] ?? null);
      fill(made, entry, at);
    });
    rows.get(entries[model.get("cursor")]?.id)?.scrollIntoView({ block: "nearest" });
  }
  function told(message) {
    if (message.type !== "picture") return;
    pictures.set(message.id, message.address);
    const entries = [{ id: "" }, ...model.get("entries")];
    const at = entries.findIndex((entry) => entry.id === message.id);
    const made = rows.get(message.id);
    if (made && at > 0) fill(made, entries[at], at);
    else if (made) follow();
  }
  let due = 0;
  const soon = () => (due ||= requestAnimationFrame(() => ((due = 0), follow())));
  const changes = ["change:entries", "change:cursor", "change:compared"];
  for (const what of changes) model.on(what, soon);
  model.on("msg:custom", told);
  follow();
  model.send({ type: "ready" });
  return () => {
    cancelAnimationFrame(due);
    for (const what of changes) model.off(what, soon);
    model.off("msg:custom", told);
  };
}

export default { render };
