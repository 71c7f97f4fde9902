// The list of findings: number, words, picture of the place, and what can be done. As wide as its
// place: in a narrow one the details show of the chosen finding alone. All text is set as text.

const STYLE = `
.wb-findings { font: 12px/1.4 var(--jp-ui-font-family, system-ui, sans-serif); width: 100%;
  color: var(--jp-ui-font-color1, #111); container-type: inline-size; }
.wb-findings ol { list-style: none; margin: 0; padding: 0; max-height: 520px; overflow-y: auto;
  border: 1px solid var(--jp-border-color2, #bbb); }
.wb-findings ol:empty { display: none; }
.wb-findings li { border-bottom: 1px solid var(--jp-border-color3, #ddd); padding: 2px 4px 4px; }
.wb-findings li.wb-chosen { box-shadow: inset 4px 0 0 #0072b2; background:
  var(--jp-layout-color2, #f2f2f2); }
.wb-findings button { font: inherit; cursor: pointer; color: inherit; }
.wb-findings button:focus-visible { outline: 2px solid var(--jp-brand-color1, #1976d2);
  outline-offset: -1px; }
.wb-find-head { display: flex; gap: 6px; align-items: center; width: 100%; border: 0;
  background: none; text-align: left; padding: 2px 0; }
.wb-find-head img { flex: 0 0 56px; width: 56px; height: 42px; object-fit: cover;
  object-position: right; }
.wb-find-number { flex: 0 0 auto; min-width: 20px; text-align: center; border-radius: 10px;
  background: #000; color: #fff; border: 1px solid #fff; font-weight: 600; }
.wb-find-words { flex: 1 1 auto; min-width: 0; overflow-wrap: anywhere; }
.wb-find-words small { display: block; opacity: .8; }
.wb-find-body { display: none; overflow-wrap: anywhere; }
.wb-chosen .wb-find-body { display: block; }
.wb-find-body img { display: block; max-width: 100%; height: auto; margin: 2px 0; }
.wb-find-body p { margin: 2px 0; line-height: 1.4; }
.wb-find-acts { display: flex; flex-wrap: wrap; gap: 4px; align-items: center; padding-left: 26px; }
.wb-find-acts button { border: 1px solid var(--jp-border-color1, #999); border-radius: 3px;
  background: var(--jp-layout-color1, #fff); padding: 1px 8px; min-height: 24px; }
.wb-find-acts button:disabled { opacity: .5; cursor: default; }
@container (min-width: 560px) {
  .wb-findings ol { max-height: none; }
  .wb-find-head img { display: none; }
  .wb-find-body { display: grid; grid-template-columns: 340px 1fr; gap: 0 12px;
    padding-left: 26px; }
  .wb-chosen .wb-find-body { display: grid; }
  .wb-find-body img { grid-row: 1 / 9; }
}`;

function render({ model, el }) {
  const style = document.createElement("style");
  style.textContent = STYLE;
  const list = document.createElement("ol");
  list.setAttribute("aria-label", "Findings, the worst first");
  el.classList.add("wb-findings");
  el.append(style, list);

  const make = (kind, name, text = "") => {
    const made = document.createElement(kind);
    if (name) made.className = name;
    made.textContent = text;
    return made;
  };
  const picture = (address, alt) => {
    const made = make("img");
    made.src = address;
    made.alt = alt;
    return made;
  };
  const act = (words, row, type, able) => {
    const made = make("button", "", words);
    made.type = "button";
    made.disabled = !able;
    made.setAttribute("aria-label", `${words}: finding ${row.number}, ${row.what}`);
    made.addEventListener("click", () => model.send({ type, n: row.number - 1 }));
    return made;
  };
  function item(row, chosen) {
    const made = make("li", chosen ? "wb-chosen" : "");
    const head = make("button", "wb-find-head");
    head.type = "button";
    head.setAttribute("aria-expanded", String(chosen));
    const words = make("span", "wb-find-words", row.what);
    words.append(make("small", "", `${row.subject} · severity ${row.severity.toFixed(2)}`));
    head.append(make("span", "wb-find-number", String(row.number)), words);
    if (row.picture) head.append(picture(row.picture, ""));
    head.addEventListener("click", () => model.send({ type: "choose", n: row.number - 1 }));
    const body = make("div", "wb-find-body");
    if (row.picture) body.append(picture(row.picture, "The photo there, and the cut-out"));
    body.append(make("p", "", `${row.why} (${row.measure})`), make("p", "", row.remedy));
    if (row.likely) body.append(make("p", "", row.likely));
    if (row.next) body.append(make("p", "", `Next time: ${row.next}`));
    const acts = make("div", "wb-find-acts");
    acts.append(
      act("Show me", row, "show", row.look),
      act(row.mended ? "Fixed" : "Fix it", row, "fix", row.fix && !row.mended),
    );
    made.append(head, body, acts);
    return made;
  }
  let due = 0;
  function follow() {
    due = 0;
    const chosen = model.get("chosen");
    const held = [...list.querySelectorAll("button")].indexOf(document.activeElement);
    const top = list.scrollTop;
    list.replaceChildren(...model.get("rows").map((row, n) => item(row, n === chosen)));
    list.scrollTop = top;
    // The list was made anew: the focus stays where the hand left it.
    if (held >= 0) list.querySelectorAll("button")[held]?.focus({ preventScroll: true });
    const now = list.children[chosen];
    if (now && list.scrollHeight > list.clientHeight) {
      const [from, to] = [now.offsetTop - list.offsetTop, now.offsetHeight];
      if (from < list.scrollTop) list.scrollTop = from;
      else if (from + to > list.scrollTop + list.clientHeight) {
        list.scrollTop = Math.min(from, from + to - list.clientHeight);
      }
    }
  }
  const soon = () => (due ||= requestAnimationFrame(follow));
  const changes = ["change:rows", "change:chosen"];
  for (const what of changes) model.on(what, soon);
  follow();
  return () => {
    cancelAnimationFrame(due);
    for (const what of changes) model.off(what, soon);
  };
}

export default { render };
